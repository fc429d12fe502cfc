"""What workers make of one stored object for somebody who looks at it and waits; nothing of it is kept."""

from collections.abc import Mapping
from typing import Any

from chassis.errors import BlobMissing, NotFound
from chassis.layout import dicom_key
from chassis.ports import BlobStore
from chassis.workers.body_file import body_file
from chassis.workers.pool import Pool
from chassis.workers.process import Result, Tell


class Looker:
    """Asks its workers, which no build keeps busy."""

    def __init__(self, blobs: BlobStore, pool: Pool) -> None:
        self._blobs, self._pool = blobs, pool

    async def ask(
        self, image: Mapping[str, Any], said: dict[str, Any], tell: Tell | None = None
    ) -> tuple[Result, bytes]:
        """The result and its parts, joined. `image`: image_sha256 and image_bytes. Raises NotFound, WorkerDied, and
        Refused for what the worker did not take."""
        parts: list[bytes] = []

        async def keep(_: int, part: bytes) -> None:
            parts.append(part)

        sha256, size = image["image_sha256"], image["image_bytes"]
        try:
            async with body_file("export", self._blobs, dicom_key(sha256), size) as body:
                result = await self._pool.run(sha256, body, said, keep, tell)
        except BlobMissing:
            raise NotFound("The image's object is gone.") from None
        return result, b"".join(parts)

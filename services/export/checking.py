"""Is a stored picture the one that was recorded? If not, its version is not built."""

import hashlib
import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing

from chassis.errors import BlobMissing
from chassis.ports import BlobStore
from services.export.member import Member

_WHOLE_BYTES = 4 << 20


class BuildFailed(Exception):
    """A version that cannot be built as it was frozen; `detail` is a sentence without patient data."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


async def check_picture(blobs: BlobStore, member: Member) -> None:
    """The stored bytes are those the catalogue recorded, or the version is not built. Raises BuildFailed."""
    digest, crc32, size = hashlib.sha256(), 0, 0
    try:
        async with aclosing(_read(blobs, member)) as chunks:
            async for chunk in chunks:
                digest.update(chunk)
                crc32, size = zlib.crc32(chunk, crc32), size + len(chunk)
    except BlobMissing:
        raise BuildFailed(
            f"The picture of image {member.image_id}, frame {member.frame}, is gone: deleted, or lost."
        ) from None
    if (size, crc32, digest.hexdigest()) != (member.png_bytes, member.png_crc32, member.png_sha256):
        raise BuildFailed(
            f"The picture of image {member.image_id}, frame {member.frame}, is not the one that was recorded: "
            "its bytes were altered. Run the audit, send the image again, and freeze a new version."
        )


async def _read(blobs: BlobStore, member: Member) -> AsyncGenerator[bytes, None]:
    if member.png_bytes <= _WHOLE_BYTES:
        yield await blobs.get(member.png_key)
        return
    async with aclosing(blobs.stream(member.png_key)) as chunks:
        async for chunk in chunks:
            yield chunk

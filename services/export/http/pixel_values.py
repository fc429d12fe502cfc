"""GET /api/v1/images/{image_id}/values: modality values of a grayscale image, made by a sandbox worker and not kept."""

import hashlib
from collections.abc import AsyncGenerator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import select
from sqlmodel import col
from starlette.responses import Response

from cdm.query.access import in_scope
from cdm.query.members import held_back, refuse_names
from cdm.tables import RadiologyImage
from chassis.auth.access import READERS, Caller, Calling, may
from chassis.blobs.keys import dicom_key
from chassis.errors import BlobMissing, NotFound, Refused, Unavailable
from chassis.http.app import router
from chassis.http.ranges import Body, documented, send_body
from chassis.messaging.ports import BlobStore
from chassis.sandbox.input_file import body_file
from chassis.sandbox.pool import Pool
from chassis.sandbox.process import Result, Tell, WorkerDied
from chassis.service import Home

_MEDIA_TYPE = "application/octet-stream"


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


def value_routes(home: Home, looker: Looker) -> APIRouter:
    routes = router("/api/v1/images", "images")

    @routes.get("/{image_id}/values", response_class=Response, responses=documented(_MEDIA_TYPE))  # type: ignore[arg-type]
    @may(*READERS)
    async def get_values(
        request: Request,
        caller: Calling,
        image_id: Annotated[int, Path(ge=1, le=2**63 - 1)],
        frame: Annotated[int, Query(ge=1, le=2**31 - 1, description="From 1, as DICOM counts.")] = 1,
    ) -> Response:
        """A grey frame as a NumPy file (`.npy`): rows × columns of uint8, int16, uint16 or float32 after the modality
        transformation, Hounsfield units of CT. 403: a name may stand in the picture; 422: it has no such values."""
        row = await _image(home, caller, image_id)
        return await send_body(request, await _values(looker, row, frame))

    return routes


async def _image(home: Home, caller: Caller, image_id: int) -> Any:
    image = RadiologyImage
    query = select(col(image.image_sha256), col(image.image_bytes), held_back().label("held_back")).where(
        col(image.image_id) == image_id, *in_scope(image.radiology_hospital_id, caller.hospitals)
    )
    async with home.database.session() as session:
        row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound("There is no such image.", image_id=image_id)
    refuse_names(caller, row.held_back)
    return row._mapping


async def _values(looker: Looker, row: Any, frame: int) -> Body:
    try:
        _, made = await looker.ask(row, {"format": "values", "frame": frame})
    except WorkerDied:
        raise Refused("The decoder ended in the middle of this image; its picture is all there is.") from None
    if not made:
        raise Unavailable("The worker made nothing of this image; ask again.")

    async def read(start: int, length: int) -> AsyncGenerator[bytes, None]:
        yield made[start : start + length]

    return Body(len(made), hashlib.sha256(made).hexdigest(), _MEDIA_TYPE, read)

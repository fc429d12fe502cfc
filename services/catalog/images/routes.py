"""GET /api/v1/images…: one image, its pictures, its header, its bytes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import Text, cast
from sqlmodel import col
from starlette.responses import Response

from cdm.query.members import held_back, refuse_names
from cdm.tables import RadiologyImage
from chassis.auth.access import READERS, Calling, Hospitals, Role, may
from chassis.auth.audit_log import WithReason
from chassis.blobs.keys import png_key
from chassis.errors import NotFound
from chassis.http.app import router
from chassis.http.ranges import Body, documented, send_body
from chassis.messaging.ports import BlobStore
from chassis.service import Home
from imaging.dicom.part10 import has_preamble, zero_preamble
from services.catalog.images.images import image_detail, one_image
from services.catalog.search.models import ImageDetail

ImageId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Frame = Annotated[int, Query(ge=1, le=2**31 - 1, description="From 1, as DICOM counts.")]

# Enough of a file to see whether it has a preamble, and to make it zeros.
_HEAD_BYTES = 134


def image_routes(home: Home) -> APIRouter:
    """What is known of images, and their bytes."""
    routes, database, blobs = router("/api/v1/images", "images"), home.database, home.blobs

    @routes.get("/{image_id}")
    @may(*READERS)
    async def get_image(image_id: ImageId, hospitals: Hospitals) -> ImageDetail:
        """One image and its frames."""
        return await image_detail(database, image_id, hospitals)

    @routes.head("/{image_id}/png", include_in_schema=False)
    @routes.get("/{image_id}/png", response_class=Response, responses=documented("image/png"))  # type: ignore[arg-type]
    @may(*READERS)
    async def get_picture(request: Request, image_id: ImageId, caller: Calling, frame: Frame = 1) -> Response:
        """The picture of a frame; 404 with the reason when there is none. 403: a name may stand in the picture."""
        image = RadiologyImage
        row = await one_image(
            database, image_id, caller.hospitals,
            *map(col, (image.png_filepath, image.png_frames, image.no_picture_reason, image.no_picture_detail)),
            held_back().label("held_back"),
        )  # fmt: skip
        refuse_names(caller, row["held_back"])
        return await send_body(request, _picture(blobs, row, frame))

    @routes.get("/{image_id}/tags")
    @may(*READERS)
    async def get_tags(image_id: ImageId, hospitals: Hospitals) -> dict[str, Any]:
        """The header as DICOM JSON (PS3.18 F.2), without bulk data and without direct identifiers."""
        row = await one_image(database, image_id, hospitals, cast(col(RadiologyImage.tags), Text).label("tags"))
        # As PostgreSQL writes it: reading and writing it again would change nothing.
        return Response(row["tags"], media_type="application/json")  # type: ignore[return-value]

    @routes.head("/{image_id}/dicom", include_in_schema=False)
    @routes.get("/{image_id}/dicom", response_class=Response, responses=documented("application/dicom"))  # type: ignore[arg-type]
    @may(Role.STEWARD)
    async def get_file(request: Request, image_id: ImageId, reader: WithReason) -> Response:
        """The bytes as they were received, the patient's name in them; only the preamble is made zeros: a program may
        hide there. Needs a reason, which is kept."""
        image = RadiologyImage
        row = await one_image(
            database, image_id, reader.caller.hospitals,
            *map(col, (image.image_filepath, image.image_bytes, image.image_sha256, image.sop_instance_uid)),
        )  # fmt: skip
        await reader.shows(row["sop_instance_uid"])
        return await send_body(request, await _file(blobs, image_id, row))

    return routes


def _picture(blobs: BlobStore, row: Any, frame: int) -> Body:
    found = next((one for one in row["png_frames"] if one["number"] == frame), None)
    if row["no_picture_reason"]:
        detail = row["no_picture_detail"] or "it cannot be drawn"
        raise NotFound(f"There is no picture: {detail}.", reason=row["no_picture_reason"])
    if found is None:
        frames = len(row["png_frames"])
        raise NotFound(f"There is no frame {frame}: the image has {frames}.", frames=frames)
    key = png_key(row["png_filepath"], frame)
    return Body(found["bytes"], found["sha256"], "image/png", lambda start, length: blobs.stream(key, start, length))


async def _file(blobs: BlobStore, image_id: int, row: Any) -> Body:
    key, size = row["image_filepath"], row["image_bytes"]
    head = await blobs.get_range(key, 0, _HEAD_BYTES)
    clean = zero_preamble(head, 0) if has_preamble(head) else head

    async def read(start: int, length: int) -> AsyncGenerator[bytes, None]:
        own = clean[start : start + length]
        if own:
            yield own
        if length > len(own):
            async with aclosing(blobs.stream(key, start + len(own), length - len(own))) as chunks:
                async for chunk in chunks:
                    yield chunk

    # Other bytes than those received need another validator.
    digest = row["image_sha256"] if clean == head else f"{row['image_sha256']}-zeroed"
    return Body(size, digest, "application/dicom", read, f"{image_id}.dcm")

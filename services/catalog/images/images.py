"""The series and images of one study, and one image; a study is small enough to be paged by place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, column, func, select, table
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col

from cdm.query.access import Scope, in_scope
from cdm.query.images import shows_plane
from cdm.tables import RadiologyImage, RadiologyOccurrence
from chassis.db.database import Database
from chassis.errors import NotFound
from chassis.http.paging import Page, read_number, write_cursor
from services.catalog.db import reading
from services.catalog.images.frames import frame_items
from services.catalog.search.models import ImageDetail, ImageItem, SeriesItem

_IMAGE = RadiologyImage
_NO_COLUMNS = {"tags", "png_frames"}  # large, and asked for by themselves
_COLUMNS = [one for one in _IMAGE.__table__.columns if one.name not in _NO_COLUMNS]  # type: ignore[attr-defined]
_ORDER = (
    col(_IMAGE.series_number),
    col(_IMAGE.series_instance_uid),
    col(_IMAGE.phase_group),
    col(_IMAGE.image_no),
    col(_IMAGE.image_id),
)
_LAST_PLACE = 10**9
_DOCUMENTS = ("plane_reasons", "phase_reasons")
_TOLD = ("thumbnail_image_id", *(name for name in SeriesItem.model_fields if name != "thumbnail"))
_SERIES = table(
    "radiology_series",
    *(column(name, JSONB() if name in _DOCUMENTS else None) for name in ("radiology_occurrence_id", *_TOLD)),
    schema="rcdm",
)


@dataclass(frozen=True)
class ImageChoice:
    """Any of these; empty: all."""

    series: Sequence[str] = ()
    planes: Sequence[str] = ()
    phases: Sequence[str] = ()


async def images_of(
    database: Database, occurrence_id: int, hospitals: Scope, chosen: ImageChoice, limit: int, cursor: str | None
) -> Page[ImageItem]:
    """A page of a study's images. Raises NotFound when there is no such study."""
    query: Select[Any] = select(*_COLUMNS).where(col(_IMAGE.radiology_occurrence_id) == occurrence_id)
    query = query.where(shows_plane(chosen.planes)) if chosen.planes else query
    for of_image, values in (
        (col(_IMAGE.series_instance_uid), chosen.series),
        (col(_IMAGE.image_phase), chosen.phases),
    ):
        query = query.where(of_image.in_(values)) if values else query
    rows, total, following = await _page(database, occurrence_id, hospitals, query.order_by(*_ORDER), limit, cursor)
    return Page(items=[image_item(row) for row in rows], next=following, total=total)


async def series_of(
    database: Database, occurrence_id: int, hospitals: Scope, limit: int, cursor: str | None
) -> Page[SeriesItem]:
    """A page of a study's series. Raises NotFound when there is no such study."""
    series = _SERIES.c
    query: Select[Any] = (
        select(*(series[name] for name in _TOLD))
        .where(series.radiology_occurrence_id == occurrence_id)
        .order_by(series.series_number, series.series_instance_uid)
    )
    rows, total, following = await _page(database, occurrence_id, hospitals, query, limit, cursor)
    return Page(items=[_series_item(row) for row in rows], next=following, total=total)


async def one_image(database: Database, image_id: int, hospitals: Scope, *columns: Any) -> Mapping[Any, Any]:
    """The columns asked for, or all but the large ones. Raises NotFound."""
    query = select(*(columns or _COLUMNS)).where(col(_IMAGE.image_id) == image_id)
    query = query.where(*in_scope(_IMAGE.radiology_hospital_id, hospitals))
    async with reading(database) as session:
        row = (await session.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no such image.", image_id=image_id)
    return row


async def image_detail(database: Database, image_id: int, hospitals: Scope) -> ImageDetail:
    """An image and its frames. Raises NotFound."""
    row = await one_image(database, image_id, hospitals, *_COLUMNS, col(_IMAGE.png_frames))
    return ImageDetail.model_validate({**image_item(row).model_dump(), "frames": frame_items(row)})


def image_item(row: Mapping[Any, Any]) -> ImageItem:
    address = f"/api/v1/images/{row['image_id']}"
    drawn = row["render_status"] == "PICTURE"
    places = {"png": f"{address}/png" if drawn else None, "tags": f"{address}/tags", "dicom": f"{address}/dicom"}
    return ImageItem.model_validate({**row, **places})


def _series_item(row: Mapping[Any, Any]) -> SeriesItem:
    picture = row["thumbnail_image_id"]
    return SeriesItem.model_validate({**row, "thumbnail": f"/api/v1/images/{picture}/png" if picture else None})


async def _page(
    database: Database, occurrence_id: int, hospitals: Scope, query: Select[Any], limit: int, cursor: str | None
) -> tuple[Sequence[Mapping[Any, Any]], int, str | None]:
    first, study = read_number(cursor, 0, _LAST_PLACE), col(RadiologyOccurrence.radiology_occurrence_id)
    seen = select(study).where(study == occurrence_id, *in_scope(RadiologyOccurrence.radiology_hospital_id, hospitals))
    async with reading(database) as session:
        if (await session.execute(seen)).one_or_none() is None:
            raise NotFound("There is no such radiology occurrence.", radiology_occurrence_id=occurrence_id)
        counted = query.order_by(None).subquery()
        total = (await session.execute(select(func.count()).select_from(counted))).scalar_one()
        rows = (await session.execute(query.offset(first).limit(limit))).mappings().all()
    end = first + len(rows)
    return rows, total, write_cursor([end]) if end < total and rows else None

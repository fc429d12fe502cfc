"""Search over studies: a page in a chosen order, and how many there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlmodel import col

from cdm.query.access import Scope, in_scope
from cdm.query.filters import OccurrenceFilter
from cdm.query.occurrences import occurrence_conditions
from cdm.query.readiness import ready_for
from cdm.tables import (
    Person,
    RadiologyCondition,
    RadiologyDevice,
    RadiologyHospital,
    RadiologyModality,
    RadiologyOccurrence,
    RadiologyPersonPosition,
    RadiologyProtocol,
    RadiologyUnits,
)
from chassis.db.database import Database
from chassis.errors import BadRequest, NotFound
from chassis.http.paging import read_cursor, write_cursor
from services.catalog.db import answers, reading
from services.catalog.search.models import OccurrenceItem

Sort = Literal["-date", "date", "-id", "id", "-images", "images"]
COUNTED_EXACTLY = 10_000
_LARGEST_ID = 2**63 - 1

_OCCURRENCE = RadiologyOccurrence
_ID = col(_OCCURRENCE.radiology_occurrence_id)
_SORTED_BY: Mapping[str, Any] = {
    "date": col(_OCCURRENCE.radiology_occurrence_date),
    "id": _ID,
    "images": col(_OCCURRENCE.image_total_count),
}
_EXPOSURE_UNITS = RadiologyUnits.__table__.alias("exposure_units")  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Found:
    """A page of studies. A total above 10,000 is not counted on: it is then only known to be at least that."""

    items: Sequence[OccurrenceItem]
    next: str | None
    total: int
    total_is_estimate: bool


async def search(
    database: Database, wanted: OccurrenceFilter, hospitals: Scope, sort: Sort, limit: int, cursor: str | None
) -> Found:
    """A page in the order of `sort`, ties by id. Rows that arrive meanwhile never repeat or hide others."""
    column, descending = _SORTED_BY[sort.lstrip("-")], sort.startswith("-")
    chosen = select(_ID)
    if cursor:
        place = tuple_(*(literal(value) for value in _place(sort, cursor)))
        chosen = chosen.where(tuple_(column, _ID) < place if descending else tuple_(column, _ID) > place)
    order = [column.desc(), _ID.desc()] if descending else [column.asc(), _ID.asc()]
    async with reading(database) as session:
        conditions = occurrence_conditions(wanted, hospitals, await ready_for(session, wanted))
    page = _items(chosen.where(*conditions).order_by(*order).limit(limit + 1)).order_by(*order)
    if wanted.tag:  # where headers have to be read, one by one: not twice at once, and not in vain
        (rows,) = await answers(database, page)
        is_all = not cursor and len(rows) <= limit
        total = len(rows) if is_all else (await answers(database, _count(conditions)))[0][0]["total"]
    else:
        rows, counts = await answers(database, page, _count(conditions))
        total = counts[0]["total"]
    items = [_item(row) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    following = write_cursor([_sorted_value(last, sort), last["radiology_occurrence_id"]]) if last else None
    return Found(items, following, min(total, COUNTED_EXACTLY), total > COUNTED_EXACTLY)


async def one_occurrence(database: Database, occurrence_id: int, hospitals: Scope) -> OccurrenceItem:
    """Raises NotFound."""
    conditions = [_ID.in_([occurrence_id]), *in_scope(_OCCURRENCE.radiology_hospital_id, hospitals)]
    async with reading(database) as session:
        row = (await session.execute(_items(select(_ID).where(*conditions)))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no such radiology occurrence.", radiology_occurrence_id=occurrence_id)
    return _item(row)


def _count(conditions: Sequence[ColumnElement[bool]]) -> Select[int]:
    counted = select(literal(1)).where(*conditions).select_from(_OCCURRENCE).limit(COUNTED_EXACTLY + 1).subquery()
    return select(func.count().label("total")).select_from(counted)


def _items(chosen: Select[int]) -> Select[Any]:
    """Of the studies chosen alone is looked up what their numbers stand for."""
    picked = chosen.subquery("picked")
    unit, exposure = RadiologyUnits, _EXPOSURE_UNITS
    device, condition, person = RadiologyDevice, RadiologyCondition, Person
    device_text = func.nullif(func.concat_ws(" ", *(
        func.nullif(part, "") for part in (col(device.manufacturer), col(device.model), col(device.station_name))
    )), "")  # fmt: skip
    return (
        select(
            *_OCCURRENCE.__table__.columns,  # type: ignore[attr-defined]
            col(RadiologyHospital.text).label("hospital"),
            func.coalesce(col(person.person_source_value), "").label("person"),
            col(condition.source_text).label("condition"),
            col(condition.source_code).label("condition_code"),
            col(condition.source_vocabulary_id).label("condition_vocabulary"),
            col(condition.condition_concept_id),
            device_text.label("device"),
            col(RadiologyModality.text).label("modality"),
            col(RadiologyProtocol.text).label("protocol"),
            col(RadiologyPersonPosition.text).label("person_position"),
            col(unit.text).label("dosage_unit"),
            exposure.c.text.label("image_exposure_time_unit"),
        )
        .select_from(picked)
        .join(_OCCURRENCE, picked.c.radiology_occurrence_id == _ID)
        .join(RadiologyHospital, col(RadiologyHospital.radiology_hospital_id) == _OCCURRENCE.radiology_hospital_id)
        .join(person, col(person.person_id) == _OCCURRENCE.person_id)
        .outerjoin(condition, col(condition.radiology_condition_id) == _OCCURRENCE.radiology_condition_id)
        .outerjoin(device, col(device.radiology_device_id) == _OCCURRENCE.radiology_device_id)
        .outerjoin(RadiologyModality, col(RadiologyModality.radiology_modality_id) == _OCCURRENCE.radiology_modality_id)
        .outerjoin(RadiologyProtocol, col(RadiologyProtocol.radiology_protocol_id) == _OCCURRENCE.radiology_protocol_id)
        .outerjoin(
            RadiologyPersonPosition, col(RadiologyPersonPosition.person_position_id) == _OCCURRENCE.person_position_id
        )
        .outerjoin(unit, col(unit.radiology_units_id) == _OCCURRENCE.dosage_unit_id)
        .outerjoin(exposure, exposure.c.radiology_units_id == _OCCURRENCE.image_exposure_time_unit_id)
    )


def _item(row: Mapping[Any, Any]) -> OccurrenceItem:
    thumbnail = row["thumbnail_image_id"]
    return OccurrenceItem.model_validate({
        **row,
        "planes": row["plane_counts"],
        "phases": row["phase_counts"],
        "sequences": row["sequence_counts"],
        "thumbnail": f"/api/v1/images/{thumbnail}/png" if thumbnail else None,
    })  # fmt: skip


def _place(sort: str, cursor: str) -> tuple[Any, int]:
    value, occurrence_id = read_cursor(cursor, 2)
    try:
        place = date.fromisoformat(value) if sort.endswith("date") else value
    except (TypeError, ValueError):
        place = None
    numbers = [occurrence_id] if isinstance(place, date) else [place, occurrence_id]
    if not all(type(number) is int and 0 <= number <= _LARGEST_ID for number in numbers):
        raise BadRequest("The cursor is of another sort order; start again without it.", parameter="cursor")
    return place, occurrence_id


def _sorted_value(row: Mapping[Any, Any], sort: str) -> Any:
    names = {"date": "radiology_occurrence_date", "id": "radiology_occurrence_id", "images": "image_total_count"}
    return row[names[sort.lstrip("-")]]

"""The commonest values of each filter among the studies found, concepts of approved diagnoses among them."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    Text,
    cast,
    column,
    desc,
    func,
    literal,
    null,
    select,
    table,
    union_all,
)
from sqlmodel import col

from cdm.query.access import Scope, in_scope
from cdm.query.filters import PLANES, OccurrenceFilter
from cdm.query.occurrences import ANCESTOR, TARGET, occurrence_conditions
from cdm.query.readiness import ready_for
from cdm.tables import (
    RadiologyCondition,
    RadiologyDevice,
    RadiologyHospital,
    RadiologyModality,
    RadiologyOccurrence,
    RadiologyProtocol,
)
from chassis.db.database import Database
from services.catalog.db import answers, reading
from services.catalog.search.models import FacetValue, Statistics

_CONCEPT = table("concept", column("concept_id", Integer), column("concept_name", Text), schema="cdm")

_FACET_VALUES = 100
_OCCURRENCE = RadiologyOccurrence
_COLUMNS = (
    _OCCURRENCE.radiology_modality_id, _OCCURRENCE.radiology_hospital_id, _OCCURRENCE.radiology_device_id,
    _OCCURRENCE.radiology_protocol_id, _OCCURRENCE.radiology_condition_id, _OCCURRENCE.anatomic_site_source_value,
    _OCCURRENCE.person_sex, _OCCURRENCE.plane_counts, _OCCURRENCE.phase_counts, _OCCURRENCE.sequence_counts,
)  # fmt: skip


def concept_facet(matched: Any) -> Any:
    """Columns value, count and name, for each concept that some of the studies mean themselves."""
    studies = (
        select(matched.c.radiology_condition_id, func.count().label("studies"))
        .group_by(matched.c.radiology_condition_id)
        .subquery()
    )
    meant = (
        select(TARGET.c.condition_concept_id, studies.c.radiology_condition_id, studies.c.studies)
        .join(studies, studies.c.radiology_condition_id == TARGET.c.radiology_condition_id)
        .join(
            RadiologyCondition,
            col(RadiologyCondition.radiology_condition_id) == studies.c.radiology_condition_id,
        )
        .where(col(RadiologyCondition.mapping_status) == "APPROVED")
        .cte("meant")
    )
    named = select(meant.c.condition_concept_id).distinct()
    # A concept is not everywhere an ancestor of itself, and a study may mean two that lie below one.
    reached = select(meant.c.condition_concept_id.label("concept_id"), *meant.c[1:]).union(
        select(ANCESTOR.c.ancestor_concept_id, *meant.c[1:])
        .join(meant, meant.c.condition_concept_id == ANCESTOR.c.descendant_concept_id)
        .where(ANCESTOR.c.ancestor_concept_id.in_(named))
    )
    each = reached.subquery()
    return (
        select(
            cast(each.c.concept_id, String).label("value"),
            cast(func.sum(each.c.studies), Integer).label("count"),
            func.min(_CONCEPT.c.concept_name).label("name"),
        )
        .select_from(each)
        .outerjoin(_CONCEPT, _CONCEPT.c.concept_id == each.c.concept_id)
        .group_by(each.c.concept_id)
    )


async def facets(database: Database, wanted: OccurrenceFilter, hospitals: Scope) -> dict[str, list[FacetValue]]:
    """For each facet its commonest values among the studies that the whole filter finds."""
    async with reading(database) as session:
        conditions = occurrence_conditions(wanted, hospitals, await ready_for(session, wanted))
    queries = _queries(select(*map(col, _COLUMNS)).where(*conditions).cte("matched"))
    named = [
        select(literal(name).label("facet"), each.c.value, each.c.count, each.c.get("name", null()).label("name"))
        for name, each in ((name, query.subquery()) for name, query in queries.items())
    ]
    # In two halves at once, but where headers have to be read, one by one: that is not done twice.
    halves = [named] if wanted.tag else [named[::2], named[1::2]]
    found: dict[str, list[FacetValue]] = {name: [] for name in queries}
    for rows in await answers(database, *(union_all(*half) for half in halves)):
        for row in rows:
            found[row["facet"]].append(FacetValue(value=row["value"], count=row["count"], name=row["name"]))
    return {name: sorted(values, key=lambda one: (-one.count, one.value)) for name, values in found.items()}


async def statistics(database: Database, hospitals: Scope) -> Statistics:
    """Everything there is in these hospitals; reads studies, never images."""
    occurrence, seen = _OCCURRENCE, in_scope(_OCCURRENCE.radiology_hospital_id, hospitals)
    totals = select(
        func.count().label("occurrences"),
        func.coalesce(func.sum(occurrence.image_total_count), 0).label("images"),
        func.coalesce(func.sum(occurrence.picture_total_count), 0).label("pictures"),
        func.count(col(occurrence.person_id).distinct()).label("persons"),
        func.count(col(occurrence.radiology_hospital_id).distinct()).label("hospitals"),
    ).select_from(occurrence).where(*seen)  # fmt: skip
    modalities = (
        _counted(col(RadiologyModality.text))
        .join(occurrence, col(occurrence.radiology_modality_id) == RadiologyModality.radiology_modality_id)
        .where(*seen)
    )
    planes, phases = _images_of(col(occurrence.plane_counts), seen), _images_of(col(occurrence.phase_counts), seen)
    (total,), modality, plane, phase = await answers(database, totals, modalities, planes, phases)
    return Statistics(**total, modality=_values(modality), plane=_values(plane), phase=_values(phase))


def _queries(matched: Any) -> dict[str, Any]:
    """Columns value and count, for each facet."""
    return {
        "modality": _lookup_facet(matched, RadiologyModality, "radiology_modality_id", RadiologyModality.text),
        "hospital": _lookup_facet(matched, RadiologyHospital, "radiology_hospital_id", RadiologyHospital.text),
        "device": _lookup_facet(matched, RadiologyDevice, "radiology_device_id", RadiologyDevice.model),
        "manufacturer": _lookup_facet(matched, RadiologyDevice, "radiology_device_id", RadiologyDevice.manufacturer),
        "protocol": _lookup_facet(matched, RadiologyProtocol, "radiology_protocol_id", RadiologyProtocol.text),
        "condition": _lookup_facet(
            matched, RadiologyCondition, "radiology_condition_id", RadiologyCondition.source_text
        ),
        "condition_concept_id": concept_facet(matched).order_by(desc("count"), "value").limit(_FACET_VALUES),
        "body_part": _upper_facet(matched.c.anatomic_site_source_value),
        "sex": _column_facet(matched.c.person_sex),
        "plane": _planes_facet(matched),
        "phase": _keys_facet(matched, matched.c.phase_counts),
        "sequence": _keys_facet(matched, matched.c.sequence_counts),
    }


def _images_of(counts: Any, seen: list[ColumnElement[bool]]) -> Any:
    """The images under each key of a counting column, of the occurrences seen."""
    each = select(func.jsonb_object_keys(counts).label("key"), counts.label("counts")).where(*seen).subquery()
    images = func.sum(cast(each.c.counts[each.c.key].as_string(), Integer)).label("count")
    return select(each.c.key.label("value"), images).group_by(each.c.key).order_by(images.desc(), each.c.key)


def _values(rows: Any) -> list[FacetValue]:
    return [FacetValue(value=row["value"], count=row["count"]) for row in rows]


def _lookup_facet(matched: Any, table: Any, key: str, text: Any) -> Any:
    join = matched.join(table, getattr(table, key) == matched.c[key])
    return _counted(col(text)).select_from(join).where(col(text) != "")


def _column_facet(column: ColumnElement[Any]) -> Any:
    return _counted(column).where(column.is_not(None))


def _upper_facet(column: ColumnElement[Any]) -> Any:
    """Texts that differ in case only are one; the few that differ are written in capitals, not every row."""
    written = select(column.label("text"), func.count().label("studies")).where(column.is_not(None)).group_by(column)
    each = written.subquery()
    value = func.upper(each.c.text).label("value")
    count = cast(func.sum(each.c.studies), Integer).label("count")
    return select(value, count).group_by(value).order_by(count.desc(), value).limit(_FACET_VALUES)


def _planes_facet(matched: Any) -> Any:
    """Of a few known keys each is counted in one pass, which takes half as long as unpacking them all."""
    has_key = [func.count().filter(matched.c.plane_counts.has_key(cast(plane, Text))).label(plane) for plane in PLANES]
    counted = select(*has_key).select_from(matched).cte("planes")
    each = union_all(*(
        select(literal(plane, Text).label("value"), counted.c[plane].label("count")) for plane in PLANES
    )).subquery()  # fmt: skip
    return select(each.c.value, each.c.count).where(each.c["count"] > 0)


def _keys_facet(matched: Any, counts: Any) -> Any:
    # In the list of columns the function takes a third less time than joined.
    each = select(func.jsonb_object_keys(counts).label("key")).select_from(matched).subquery()
    return _counted(each.c.key)


def _counted(value: Any) -> Any:
    text = cast(value, String).label("value")
    count = func.count().label("count")
    return select(text, count).group_by(text).order_by(count.desc(), text).limit(_FACET_VALUES)

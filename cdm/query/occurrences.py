"""From a filter to SQL over `rcdm.radiology_occurrence`; no join is needed, and every value stays literal text.

Conditions on images look at the image groups of a study, those on a tag at headers, one by one. Each word of free text
stands somewhere in a study's own texts or in a name of the concept its diagnosis is mapped to; a concept also finds the
studies whose approved diagnosis lies below it.
"""

from collections.abc import Sequence
from math import floor
from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, any_, column, func, or_, select, table, union
from sqlmodel import col

from cdm.query.access import Scope, in_scope
from cdm.query.filters import OccurrenceFilter
from cdm.query.images import by_images
from cdm.query.tag_index import NOTHING, Searchable
from cdm.tables import (
    RadiologyCondition,
    RadiologyDevice,
    RadiologyHospital,
    RadiologyModality,
    RadiologyOccurrence,
    RadiologyProtocol,
)

TARGET = table(
    "radiology_condition_target",
    column("radiology_condition_id", Integer),
    column("condition_concept_id", Integer),
    schema="rcdm",
)
ANCESTOR = table(
    "concept_ancestor",
    column("ancestor_concept_id", Integer),
    column("descendant_concept_id", Integer),
    schema="cdm",
)

_CONCEPT = table("concept", column("concept_id", Integer), column("concept_name", Text), schema="cdm")
_SYNONYM = table(
    "concept_synonym", column("concept_id", Integer), column("concept_synonym_name", Text), schema="cdm"
)  # fmt: skip

DAYS_PER_YEAR = 365.25


def by_concepts(concept_ids: Sequence[int]) -> list[ColumnElement[bool]]:
    """Conditions for RadiologyOccurrence. Without a loaded vocabulary a concept has nothing below it."""
    if not concept_ids:
        return []
    below = select(ANCESTOR.c.descendant_concept_id).where(ANCESTOR.c.ancestor_concept_id.in_(concept_ids))
    concept = TARGET.c.condition_concept_id
    approved = select(col(RadiologyCondition.radiology_condition_id)).where(
        col(RadiologyCondition.radiology_condition_id) == TARGET.c.radiology_condition_id,
        col(RadiologyCondition.mapping_status) == "APPROVED",
        or_(concept.in_(concept_ids), concept.in_(below)),
    )
    return [col(RadiologyOccurrence.radiology_condition_id).in_(approved)]


def literal(value: str) -> str:
    """A value inside a LIKE pattern, standing for itself."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def by_words(q: str | None) -> list[ColumnElement[bool]]:
    """Conditions for RadiologyOccurrence: every word is found."""
    return [_stands_somewhere(f"%{literal(word)}%") for word in (q or "").lower().split()]


def _stands_somewhere(pattern: str) -> ColumnElement[bool]:
    # search_text is lower case already, and the diagnoses are an array: so both indices can be used, and joined.
    diagnoses = any_(func.array(_named(pattern).scalar_subquery()))
    said, meant = col(RadiologyOccurrence.search_text), col(RadiologyOccurrence.radiology_condition_id)
    return or_(said.like(pattern), meant == diagnoses)


def _named(pattern: str) -> Any:
    """Diagnoses approved for a concept of such a name."""
    return union(
        *(
            select(col(RadiologyCondition.radiology_condition_id))
            .join(TARGET, TARGET.c.radiology_condition_id == col(RadiologyCondition.radiology_condition_id))
            .join(names, names.c.concept_id == TARGET.c.condition_concept_id)
            .where(col(RadiologyCondition.mapping_status) == "APPROVED", _composed(name).like(func.lower(pattern)))
            for names, name in ((_CONCEPT, _CONCEPT.c.concept_name), (_SYNONYM, _SYNONYM.c.concept_synonym_name))
        )
    )


def _composed(name: Any) -> Any:
    return func.lower(func.normalize(name))


def occurrence_conditions(
    wanted: OccurrenceFilter, hospitals: Scope, searchable: Searchable = NOTHING
) -> list[ColumnElement[bool]]:
    """Conditions for `select(…).where(*conditions)` on RadiologyOccurrence; none for all of all hospitals.

    The same studies are found whatever is `searchable`, only sooner.
    """
    seen = in_scope(RadiologyOccurrence.radiology_hospital_id, hospitals)
    by_columns = [*_by_lookup(wanted), *_by_person(wanted), *_by_date(wanted), *_by_body_part(wanted)]
    by_meaning = [*by_words(wanted.q), *by_concepts(wanted.condition_concept_id)]
    return [*seen, *by_columns, *by_meaning, *by_images(wanted, searchable)]


def age_limits(age_min: int | None, age_max: int | None) -> tuple[int | None, int | None]:
    """First and last day of life meant by whole years: 40 to 40 is the year that begins with the 40th birthday."""
    first = None if age_min is None else floor(age_min * DAYS_PER_YEAR)
    last = None if age_max is None else floor((age_max + 1) * DAYS_PER_YEAR) - 1
    return first, last


def _by_lookup(wanted: OccurrenceFilter) -> list[ColumnElement[bool]]:
    occurrence, condition, device = RadiologyOccurrence, RadiologyCondition, RadiologyDevice
    protocol, hospital = RadiologyProtocol, RadiologyHospital
    found: list[ColumnElement[bool]] = []
    if wanted.condition:
        ids = select(col(condition.radiology_condition_id)).where(
            _contains([col(condition.source_text), col(condition.source_code)], wanted.condition)
        )
        found.append(col(occurrence.radiology_condition_id).in_(ids))
    if wanted.device:
        columns = [col(device.station_name), col(device.manufacturer), col(device.model)]
        ids = select(col(device.radiology_device_id)).where(_contains(columns, wanted.device))
        found.append(col(occurrence.radiology_device_id).in_(ids))
    if wanted.manufacturer:
        ids = select(col(device.radiology_device_id)).where(_contains([col(device.manufacturer)], wanted.manufacturer))
        found.append(col(occurrence.radiology_device_id).in_(ids))
    if wanted.protocol:
        ids = select(col(protocol.radiology_protocol_id)).where(_contains([col(protocol.text)], wanted.protocol))
        found.append(col(occurrence.radiology_protocol_id).in_(ids))
    if wanted.hospital:
        ids = select(col(hospital.radiology_hospital_id)).where(_equals(col(hospital.text), wanted.hospital))
        found.append(col(occurrence.radiology_hospital_id).in_(ids))
    if wanted.modality:
        found.append(_has_modality(wanted.modality))
    return found


def _has_modality(values: Sequence[str]) -> ColumnElement[bool]:
    occurrence, modality = RadiologyOccurrence, RadiologyModality
    combined = select(col(modality.radiology_modality_id)).where(_equals(col(modality.text), values))
    return or_(
        col(occurrence.radiology_modality_id).in_(combined),
        col(occurrence.modalities).overlap([value.upper() for value in values]),  # type: ignore[attr-defined]
    )


def _by_person(wanted: OccurrenceFilter) -> list[ColumnElement[bool]]:
    age = col(RadiologyOccurrence.person_age_days)
    first, last = age_limits(wanted.age_min, wanted.age_max)
    found: list[ColumnElement[bool]] = []
    if wanted.sex:
        found.append(col(RadiologyOccurrence.person_sex).in_(wanted.sex))
    if first is not None:
        found.append(age >= first)
    if last is not None:
        found.append(age <= last)
    return found


def _by_date(wanted: OccurrenceFilter) -> list[ColumnElement[bool]]:
    day = col(RadiologyOccurrence.radiology_occurrence_date)
    found: list[ColumnElement[bool]] = []
    if wanted.date_from:
        found.append(day >= wanted.date_from)
    if wanted.date_to:
        found.append(day <= wanted.date_to)
    return found


def _by_body_part(wanted: OccurrenceFilter) -> list[ColumnElement[bool]]:
    if not wanted.body_part:
        return []
    return [_equals(col(RadiologyOccurrence.anatomic_site_source_value), wanted.body_part)]


def _equals(column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = _written(column).in_([func.lower(value) for value in values])
    return found


def _contains(columns: Sequence[Any], values: Sequence[str]) -> ColumnElement[bool]:
    # Both sides by PostgreSQL: its idea of lower case depends on the database's locale.
    patterns = [func.lower(f"%{literal(value)}%") for value in values]
    return or_(*(_written(column).like(pattern) for column in columns for pattern in patterns))


def _written(column: Any) -> Any:
    """Composed, as filters are: a header may hold Hangul in parts."""
    return func.lower(func.normalize(column))

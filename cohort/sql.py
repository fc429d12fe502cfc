"""From a filter to SQL over `rcdm.radiology_occurrence`; no join is needed, and every value stays literal text.

Only a condition on a tag looks at images: at their headers, one by one.
"""

from collections.abc import Sequence
from math import floor
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col

from cohort.concepts import by_concepts
from cohort.filters import OccurrenceFilter
from cohort.scope import Hospitals, in_scope
from cohort.tables import (
    RadiologyCondition,
    RadiologyDevice,
    RadiologyHospital,
    RadiologyModality,
    RadiologyOccurrence,
    RadiologyProtocol,
)
from cohort.tags import by_tags

DAYS_PER_YEAR = 365.25


def occurrence_conditions(wanted: OccurrenceFilter, hospitals: Hospitals) -> list[ColumnElement[bool]]:
    """Conditions for `select(…).where(*conditions)` on RadiologyOccurrence; none for all of all hospitals."""
    seen = in_scope(RadiologyOccurrence.radiology_hospital_id, hospitals)
    by_columns = [*_by_lookup(wanted), *_by_images(wanted), *_by_person(wanted), *_by_date(wanted), *_by_words(wanted)]
    return [*seen, *by_columns, *by_concepts(wanted.condition_concept_id), *by_tags(wanted.tag)]


def literal(value: str) -> str:
    """A value inside a LIKE pattern, standing for itself."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


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
            _contains([func.normalize(col(condition.source_text)), col(condition.source_code)], wanted.condition)
        )
        found.append(col(occurrence.radiology_condition_id).in_(ids))
    if wanted.device:
        columns = [col(device.station_name), col(device.manufacturer), col(device.model)]
        ids = select(col(device.radiology_device_id)).where(_contains(columns, wanted.device))
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


def _by_images(wanted: OccurrenceFilter) -> list[ColumnElement[bool]]:
    occurrence = RadiologyOccurrence
    counts = (
        (col(occurrence.plane_counts), wanted.plane),
        (col(occurrence.phase_counts), wanted.phase),
        (col(occurrence.sequence_counts), wanted.sequence),
    )
    return [column.has_any(cast(list(values), ARRAY(Text))) for column, values in counts if values]  # type: ignore[attr-defined]


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


def _by_words(wanted: OccurrenceFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.body_part:
        found.append(_equals(col(RadiologyOccurrence.anatomic_site_source_value), wanted.body_part))
    for word in (wanted.q or "").lower().split():
        # search_text is lower case already, so that the trigram index can be used.
        found.append(col(RadiologyOccurrence.search_text).like(f"%{literal(word)}%"))
    return found


def _equals(column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    return func.lower(column).in_([func.lower(value) for value in values])


def _contains(columns: Sequence[Any], values: Sequence[str]) -> ColumnElement[bool]:
    # Both sides by PostgreSQL: its idea of lower case depends on the database's locale.
    patterns = [func.lower(f"%{literal(value)}%") for value in values]
    return or_(*(func.lower(column).like(pattern) for column in columns for pattern in patterns))

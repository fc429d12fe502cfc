"""From a filter to SQL over `rcdm.radiology_occurrence`; no join is needed, and every value stays literal text.

Conditions on images look at the kinds of images a study has; those on a tag at headers, one by one.
"""

from collections.abc import Sequence
from math import floor
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import col

from cohort.concepts import by_concepts
from cohort.filters import OccurrenceFilter
from cohort.images import by_images
from cohort.scope import Scope, in_scope
from cohort.searchable import NOTHING, Searchable
from cohort.tables import (
    RadiologyCondition,
    RadiologyDevice,
    RadiologyHospital,
    RadiologyModality,
    RadiologyOccurrence,
    RadiologyProtocol,
)
from cohort.words import by_words, literal

DAYS_PER_YEAR = 365.25


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

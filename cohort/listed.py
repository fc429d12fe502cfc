"""Studies, and series of them, that were picked one by one: a condition beside what a filter says."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, ColumnElement, Text, any_, cast, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from chassis.errors import NotFound
from cohort.scope import Scope, in_scope
from cohort.tables import RadiologyImage, RadiologyOccurrence

_NAMED = 20  # of those that are not there
_STUDY, _SERIES = col(RadiologyImage.radiology_occurrence_id), col(RadiologyImage.series_instance_uid)


def listed_conditions(occurrences: Sequence[int], series: Sequence[str]) -> list[ColumnElement[bool]]:
    """Conditions on RadiologyImage; none for an empty list."""
    # One parameter each, however long the list.
    of_studies = any_(cast(list(occurrences), ARRAY(BigInteger))) == _STUDY
    of_series = any_(cast(list(series), ARRAY(Text))) == _SERIES
    return [*([of_studies] if occurrences else []), *([of_series] if series else [])]


async def refuse_missing(
    connection: AsyncConnection, occurrences: Sequence[int], series: Sequence[str], hospitals: Scope
) -> None:
    """Raises NotFound that names some of those that are not there, or not seen from these hospitals."""
    if not occurrences:
        return
    study = col(RadiologyOccurrence.radiology_occurrence_id)
    in_sight = [*in_scope(RadiologyOccurrence.radiology_hospital_id, hospitals)]
    known = await connection.scalars(
        select(study).where(study == any_(cast(list(occurrences), ARRAY(BigInteger))), *in_sight)
    )
    if missing := sorted(set(occurrences) - set(known)):
        raise NotFound("There are no such radiology occurrences.", missing=missing[:_NAMED])
    there = await connection.scalars(select(_SERIES).where(*listed_conditions(occurrences, series)).distinct())
    if missing_series := sorted(set(series) - set(there)):
        raise NotFound("There are no such series in these studies.", missing=missing_series[:_NAMED])

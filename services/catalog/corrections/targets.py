"""Which studies, series or images a correction is about, among the hospitals its maker sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, null, select
from sqlmodel import col

from cdm.query.access import Scope, in_scope
from cdm.query.members import image_conditions
from cdm.query.occurrences import occurrence_conditions
from cdm.tables import RadiologyImage, RadiologyOccurrence
from chassis.db.database import Database
from chassis.errors import NotFound, TooLarge
from services.catalog.corrections.models import MOST_IMAGES, MOST_OCCURRENCES, CorrectionRequest
from services.catalog.db import reading

_ID = col(RadiologyOccurrence.radiology_occurrence_id)
_SERIES, _SOP = col(RadiologyImage.series_instance_uid), col(RadiologyImage.sop_instance_uid)
_NAMED = 20  # of the ids that are not there


@dataclass(frozen=True, order=True)
class Target:
    """A study; of it a series, or an image, when they are said."""

    occurrence_id: int
    series: str | None = None
    sop: str | None = None


async def find_targets(database: Database, wanted: CorrectionRequest, hospitals: Scope) -> Sequence[Target]:
    """In steady order. Raises NotFound for ids that are not there or not seen, TooLarge for too many studies."""
    async with reading(database) as session:
        rows = (await session.execute(_studies(wanted, hospitals))).all()
        if len(rows) > MOST_OCCURRENCES or sum(row[1] for row in rows) > MOST_IMAGES:
            raise TooLarge(
                f"At most {MOST_OCCURRENCES} studies with {MOST_IMAGES} images at once; narrow it down, by dates for "
                "instance.",
                limit=MOST_OCCURRENCES, limit_images=MOST_IMAGES,
            )  # fmt: skip
        studies = [row[0] for row in rows]
        if wanted.target == "occurrence":
            found = [Target(one) for one in studies]
        else:
            found = [Target(*row) for row in await session.execute(_parts(wanted, hospitals, studies))]
    _refuse_missing(wanted, studies, found)
    return sorted(found, key=lambda one: (one.occurrence_id, one.series or "", one.sop or ""))


def _studies(wanted: CorrectionRequest, hospitals: Scope) -> Select[int, int]:
    if wanted.filter is not None:
        conditions = occurrence_conditions(wanted.filter, hospitals)
    elif wanted.target == "image":
        of_image = col(RadiologyImage.image_id).in_(wanted.ids)
        studies = select(col(RadiologyImage.radiology_occurrence_id)).where(of_image)
        conditions = [_ID.in_(studies), *in_scope(RadiologyOccurrence.radiology_hospital_id, hospitals)]
    else:
        conditions = [_ID.in_(wanted.ids), *in_scope(RadiologyOccurrence.radiology_hospital_id, hospitals)]
    return (
        select(_ID, col(RadiologyOccurrence.image_total_count))
        .where(*conditions)
        .order_by(_ID)
        .limit(MOST_OCCURRENCES + 1)
    )


def _parts(wanted: CorrectionRequest, hospitals: Scope, studies: Sequence[int]) -> Select[Any]:
    """Series or images of these studies, each with the series it lies in."""
    sop: Any = _SOP if wanted.target == "image" else null()
    query = select(_ID, _SERIES, sop).select_from(RadiologyImage).distinct()
    query = query.join(RadiologyOccurrence, col(RadiologyImage.radiology_occurrence_id) == _ID).where(_ID.in_(studies))
    if wanted.filter is not None:
        query = query.where(*image_conditions(wanted.filter, hospitals))
    if wanted.series:
        query = query.where(_SERIES.in_(wanted.series))
    return query.where(col(RadiologyImage.image_id).in_(wanted.ids)) if wanted.target == "image" else query


def _refuse_missing(wanted: CorrectionRequest, studies: Sequence[int], found: Sequence[Target]) -> None:
    series = sorted(set(wanted.series) - {one.series for one in found})
    if series:
        raise NotFound("There are no such series in these studies.", missing=series[:_NAMED])
    if wanted.target == "image" and len(found) < len(set(wanted.ids)):
        raise NotFound("Some of these images are not there; look them up again.", images=len(found))
    missing = sorted(set(wanted.ids) - set(studies)) if wanted.target != "image" else []
    if missing:
        raise NotFound("There are no such radiology occurrences.", missing=missing[:_NAMED])

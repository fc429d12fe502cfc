"""How the studies found spread over years, ages and sexes, planes and phases: what a chart is drawn from."""

from typing import Any

from sqlalchemy import Integer, String, cast, extract, func, literal, null, select, union_all
from sqlmodel import col

from cdm.query.access import Scope
from cdm.query.filters import OccurrenceFilter
from cdm.query.occurrences import DAYS_PER_YEAR, occurrence_conditions
from cdm.query.readiness import ready_for
from cdm.tables import RadiologyOccurrence
from chassis.db.database import Database
from services.catalog.db import reading
from services.catalog.search.models import Distribution, DistributionCell

_OCCURRENCE = RadiologyOccurrence
_DECADE = 10
_COLUMNS = (
    _OCCURRENCE.radiology_occurrence_date,
    _OCCURRENCE.person_age_days,
    _OCCURRENCE.person_sex,
    _OCCURRENCE.plane_counts,
    _OCCURRENCE.phase_counts,
)


async def distribution(database: Database, wanted: OccurrenceFilter, hospitals: Scope) -> Distribution:
    """Counts of occurrences in one pass over those that the whole filter finds; what is not known is left out."""
    async with reading(database) as session:
        conditions = occurrence_conditions(wanted, hospitals, await ready_for(session, wanted))
        matched = select(*map(col, _COLUMNS)).where(*conditions).cte("matched")
        rows = (await session.execute(union_all(*_questions(matched)))).all()
    found: dict[str, list[DistributionCell]] = {"year": [], "age_sex": [], "plane_phase": []}
    for name, first, second, count in rows:
        found[name].append(DistributionCell(first=first, second=second, count=count))
    return Distribution.model_validate(
        {name: sorted(cells, key=lambda cell: (cell.first, cell.second or "")) for name, cells in found.items()}
    )


def _questions(matched: Any) -> list[Any]:
    """Columns question, first, second, count."""
    year = cast(cast(extract("year", matched.c.radiology_occurrence_date), Integer), String)
    # Half a day: a year of life begins with the last whole day before it, as `age_limits` has it.
    decades = func.floor((matched.c.person_age_days + 0.5) / (DAYS_PER_YEAR * _DECADE))
    decade = cast(decades * _DECADE, Integer)
    ages = select(func.lpad(cast(decade, String), 3, "0").label("age"), matched.c.person_sex.label("sex")).where(
        matched.c.person_age_days.is_not(None), matched.c.person_sex.is_not(None)
    )
    each_age = ages.subquery()
    age, sex = each_age.c.age, each_age.c.sex
    # The few kinds of counters are unpacked, not every study's.
    kinds = (
        select(matched.c.plane_counts.label("planes"), matched.c.phase_counts.label("phases"), func.count().label("n"))
        .group_by(matched.c.plane_counts, matched.c.phase_counts)
        .subquery()
    )
    keys = func.jsonb_object_keys
    of_plane = select(keys(kinds.c.planes).label("plane"), kinds.c.phases, kinds.c.n).subquery()
    both = select(of_plane.c.plane, keys(of_plane.c.phases).label("phase"), of_plane.c.n).subquery()
    plane, phase, studies = both.c.plane, both.c.phase, cast(func.sum(both.c.n), Integer)
    return [
        select(literal("year"), year, cast(null(), String), func.count()).select_from(matched).group_by(year),
        select(literal("age_sex"), age, sex, func.count()).group_by(age, sex),
        select(literal("plane_phase"), plane, phase, studies).group_by(plane, phase),
    ]  # fmt: skip

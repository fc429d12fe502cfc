"""How many studies a filter finds, and the question that says so."""

from sqlalchemy import func, select

from chassis.database import Database
from cohort.filters import OccurrenceFilter
from cohort.ready import ready_for
from cohort.scope import Scope
from cohort.sql import occurrence_conditions
from cohort.tables import RadiologyOccurrence
from cohort.written import written_sql
from services.catalog.reading import reading


async def count_studies(database: Database, wanted: OccurrenceFilter, hospitals: Scope) -> tuple[int, str]:
    """All of them, and the SQL with its values. Raises Unavailable when it takes too long."""
    async with reading(database) as session:
        conditions = occurrence_conditions(wanted, hospitals, await ready_for(session, wanted))
        counted = select(func.count()).select_from(RadiologyOccurrence).where(*conditions)
        count: int = (await session.execute(counted)).scalar_one()
    return count, written_sql(counted)

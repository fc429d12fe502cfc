"""Rows of catalog.cohort, and how many studies a cohort's filter finds."""

import json
from typing import Any

import asyncpg
from sqlalchemy import func, select

from cdm.query.access import Scope
from cdm.query.filters import OccurrenceFilter
from cdm.query.literal_sql import written_sql
from cdm.query.occurrences import occurrence_conditions
from cdm.query.readiness import ready_for
from cdm.query.saved import SEEN
from cdm.tables import RadiologyOccurrence
from chassis.auth.access import Caller, Role
from chassis.db.database import Database
from chassis.errors import Conflict, Forbidden, NotFound
from chassis.http.paging import Page, read_cursor, write_cursor
from services.catalog.cohorts.models import CohortItem
from services.catalog.db import reading

_COLUMNS = "name, filter, made_by, made_at, changed_by, changed_at"


async def save_cohort(database: Database, name: str, wanted: OccurrenceFilter, maker: Caller) -> None:
    """Raises Conflict when the name is taken; whose it is, is not told."""
    try:
        await database.pool.execute(
            "INSERT INTO catalog.cohort (name, filter, hospitals, made_by, changed_by) VALUES ($1, $2, $3, $4, $4)",
            name, _document(wanted), maker.hospitals, maker.subject,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Conflict("This name is taken; choose another, or PUT to it to change it.", name=name) from None


async def list_cohorts(database: Database, hospitals: Scope, limit: int, cursor: str | None) -> Page[CohortItem]:
    """By name."""
    after = str(read_cursor(cursor, 1)[0]) if cursor is not None else ""
    rows = await database.pool.fetch(
        f"SELECT {_COLUMNS} FROM catalog.cohort WHERE {SEEN} AND lower(name) > lower($2)"
        " ORDER BY lower(name) LIMIT $3",
        hospitals, after, limit + 1,
    )  # fmt: skip
    total = await database.pool.fetchval(f"SELECT count(*) FROM catalog.cohort WHERE {SEEN}", hospitals)
    items = [_item(row) for row in rows[:limit]]
    return Page(items=items, next=write_cursor([items[-1].name]) if len(rows) > limit else None, total=total)


async def find_cohort(database: Database, name: str, hospitals: Scope) -> CohortItem:
    """Raises NotFound, also for one that is not seen."""
    row = await database.pool.fetchrow(
        f"SELECT {_COLUMNS} FROM catalog.cohort WHERE {SEEN} AND lower(name) = lower($2)", hospitals, name
    )
    if row is None:
        raise NotFound("There is no such cohort.", name=name)
    return _item(row)


async def change_cohort(database: Database, name: str, wanted: OccurrenceFilter, caller: Caller) -> None:
    """Another filter under the same name. Raises NotFound, Forbidden."""
    _refuse_stranger(await find_cohort(database, name, caller.hospitals), caller)
    await database.pool.execute(
        f"UPDATE catalog.cohort SET filter = $3, changed_by = $4, changed_at = now() WHERE {SEEN}"
        " AND lower(name) = lower($2)",
        caller.hospitals, name, _document(wanted), caller.subject,
    )  # fmt: skip


async def delete_cohort(database: Database, name: str, caller: Caller) -> None:
    """Raises NotFound, Forbidden."""
    _refuse_stranger(await find_cohort(database, name, caller.hospitals), caller)
    await database.pool.execute(
        f"DELETE FROM catalog.cohort WHERE {SEEN} AND lower(name) = lower($2)", caller.hospitals, name
    )


def _refuse_stranger(cohort: CohortItem, caller: Caller) -> None:
    if cohort.made_by != caller.subject and not caller.may(Role.STEWARD):
        raise Forbidden("Somebody else saved this; save it under another name, or ask them.", needs=[Role.STEWARD])


def _document(wanted: OccurrenceFilter) -> str:
    return json.dumps(wanted.model_dump(mode="json", exclude_defaults=True))


def _item(row: Any) -> CohortItem:
    return CohortItem.model_validate({**row, "filter": json.loads(row["filter"])})


async def count_studies(database: Database, wanted: OccurrenceFilter, hospitals: Scope) -> tuple[int, str]:
    """All of them, and the SQL with its values. Raises Unavailable when it takes too long."""
    async with reading(database) as session:
        conditions = occurrence_conditions(wanted, hospitals, await ready_for(session, wanted))
        counted = select(func.count()).select_from(RadiologyOccurrence).where(*conditions)
        count: int = (await session.execute(counted)).scalar_one()
    return count, written_sql(counted)

"""HTTP of the trail: reading it."""

from typing import Annotated

from fastapi import APIRouter, Query

from chassis.auth import Role, may
from chassis.database import Database
from chassis.http import router
from chassis.paging import LARGEST_ID, Cursor, Limit, Page, read_number, write_cursor
from services.access.models import TrailItem

_CHOSEN = "($1::text IS NULL OR action = $1) AND ($2::text IS NULL OR subject = $2)"
_Word = Annotated[str | None, Query(max_length=200)]


def trail_routes(database: Database) -> APIRouter:
    routes = router("/api/v1/callers", "callers")

    @routes.get("/trail", summary="The trail")
    @may(Role.OPERATOR, everywhere=True)
    async def trail(
        action: _Word = None, subject: _Word = None, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[TrailItem]:
        """Who changed keys, logged in, was refused or saw an identity, newest first."""
        before = read_number(cursor, LARGEST_ID)
        rows = await database.pool.fetch(
            f"SELECT * FROM access.trail WHERE {_CHOSEN} AND trail_id < $3 ORDER BY trail_id DESC LIMIT $4",
            action, subject, before, limit,
        )  # fmt: skip
        total = await database.pool.fetchval(f"SELECT count(*) FROM access.trail WHERE {_CHOSEN}", action, subject)
        following = write_cursor([rows[-1]["trail_id"]]) if len(rows) == limit else None
        return Page(items=[TrailItem(**row) for row in rows], next=following, total=total)

    return routes

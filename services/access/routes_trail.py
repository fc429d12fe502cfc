"""HTTP of the trail: reading it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from chassis.auth import Role, may
from chassis.database import Database
from chassis.errors import BadRequest
from chassis.http import router
from chassis.paging import Cursor, Limit, Page, read_cursor, write_cursor
from services.access.models import TrailItem

_CHOSEN = "($1::text IS NULL OR action = $1) AND ($2::text IS NULL OR subject = $2)"
_LARGEST = 2**63 - 1
_Word = Annotated[str | None, Query(max_length=200)]


def trail_routes(database: Database) -> APIRouter:
    routes = router("/api/v1/callers", "callers")

    @routes.get("/trail", summary="The trail")
    @may(Role.OPERATOR, everywhere=True)
    async def trail(
        action: _Word = None, subject: _Word = None, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[TrailItem]:
        """Who changed keys, logged in, was refused or saw an identity, newest first."""
        before = _place(read_cursor(cursor, 1)[0]) if cursor else _LARGEST
        rows = await database.pool.fetch(
            f"SELECT * FROM access.trail WHERE {_CHOSEN} AND trail_id < $3 ORDER BY trail_id DESC LIMIT $4",
            action, subject, before, limit,
        )  # fmt: skip
        total = await database.pool.fetchval(f"SELECT count(*) FROM access.trail WHERE {_CHOSEN}", action, subject)
        following = write_cursor([rows[-1]["trail_id"]]) if len(rows) == limit else None
        return Page(items=[TrailItem(**row) for row in rows], next=following, total=total)

    return routes


def _place(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _LARGEST:
        raise BadRequest("The cursor is not one this list gave out; start again without it.", parameter="cursor")
    return value

"""HTTP of API keys (for admins of all hospitals), of a browser's session, and of the audit trail."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from chassis.auth.access import ANYBODY, Caller, Calling, Role, may, public
from chassis.auth.audit_log import Deed, Trail
from chassis.auth.gate import Gate
from chassis.auth.session import Sessions, give_cookie, take_cookie
from chassis.db.database import Database
from chassis.errors import BadRequest
from chassis.http.app import router
from chassis.http.paging import LARGEST_ID, Cursor, Limit, Page, read_cursor, read_number, write_cursor
from services.access.key_store import Keys
from services.access.models import KeyItem, KeyRequest, MadeKey, Session, TrailItem

KeyId = Annotated[str, Path(pattern="^[0-9a-f]{12}$", description="The public part of a key.")]
_MISSING: dict[int | str, dict[str, Any]] = {404: {"description": "No such key; problem+json."}}

_CHOSEN = "($1::text IS NULL OR action = $1) AND ($2::text IS NULL OR subject = $2)"
_Word = Annotated[str | None, Query(max_length=200)]


def key_routes(keys: Keys) -> APIRouter:
    routes = router("/api/v1/keys", "callers")

    @routes.post("", status_code=201, summary="Make a key")
    @may(Role.ADMIN, everywhere=True)
    async def make(wanted: KeyRequest, request: Request, caller: Calling) -> MadeKey:
        """The answer shows the key, this once. It counts within a second, in every process."""
        return await keys.make(request, caller, wanted)

    @routes.get("", summary="Keys")
    @may(Role.ADMIN, everywhere=True)
    async def page(limit: Limit = 50, cursor: Cursor = None) -> Page[KeyItem]:
        """All keys there ever were, by their public ids."""
        after = str(read_cursor(cursor, 1)[0]) if cursor else ""
        items, total = await keys.page(after, limit)
        return Page(items=items, next=write_cursor([items[-1].key_id]) if len(items) == limit else None, total=total)

    @routes.delete("/{key_id}", summary="Revoke a key", responses=_MISSING)
    @may(Role.ADMIN, everywhere=True)
    async def revoke(key_id: KeyId, request: Request, caller: Calling) -> KeyItem:
        """It is refused within 45 seconds in every process, its browser sessions too."""
        return await keys.revoke(request, caller, key_id)

    return routes


def session_routes(sessions: Sessions, trail: Trail) -> APIRouter:
    routes = router("/api/v1/session", "callers")

    @routes.get("", summary="Who am I")
    @may(*ANYBODY)
    async def who(caller: Calling) -> Session:
        """The caller's roles and hospitals; 401 when nobody is logged in."""
        return _session(caller)

    @routes.post("", status_code=201, summary="Log a browser in")
    @may(*ANYBODY)
    async def log_in(request: Request, response: Response, caller: Calling) -> Session:
        """For the key or token in the Authorization header: a cookie that no script can read, for twelve hours."""
        gate: Gate = request.app.state.gate
        credential, by_cookie = gate.credential(request)
        if credential is None or by_cookie:
            raise BadRequest("Say the key or token in the Authorization header.")
        give_cookie(request, response, sessions.sealed(credential))
        await trail.write(request, caller.subject, Deed("session.opened"))
        return _session(caller)

    @routes.delete("", status_code=204, summary="Log a browser out")
    @public
    async def log_out(response: Response) -> None:
        """Takes the cookie away."""
        take_cookie(response)

    return routes


def _session(caller: Caller) -> Session:
    hospitals = None if caller.hospitals is None else sorted(caller.hospitals)
    return Session(subject=caller.subject, roles=sorted(caller.roles), hospitals=hospitals)


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

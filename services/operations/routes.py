"""HTTP of operations: looking over the system, the audit and the dead letters."""

from operator import index
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from chassis.auth.access import Role, may
from chassis.db.database import Database
from chassis.http.app import router
from chassis.http.paging import Cursor, Limit, Page, bad_cursor, read_cursor, read_number, write_cursor
from services.operations.audit_runs import Audit, Audits
from services.operations.dead_letters import DeadLetter, DeadLetters
from services.operations.overview import Overview, Overviews, Refusal, refusals

Group = Annotated[str | None, Query(max_length=50, description="Only letters this consumer group buried.")]


class Replayed(BaseModel):
    replayed: int


def audit(audits: Audits) -> APIRouter:
    routes = router("/api/v1/audit", "operators")

    @routes.get("", summary="The last audit")
    @may(Role.OPERATOR, everywhere=True)
    async def last() -> Audit:
        """The last audit and, when it is done, its report."""
        return await audits.last()

    @routes.post("", status_code=202, summary="Start an audit")
    @may(Role.OPERATOR, everywhere=True)
    async def start() -> Audit:
        """Compare blobs, ledger, log and catalogue; every byte is read. One runs at a time."""
        return await audits.start()

    return routes


def looking_over(overviews: Overviews, database: Database) -> APIRouter:
    routes = router("/api/v1", "operators")

    @routes.get("/overview", summary="How the system does")
    @may(Role.OPERATOR, everywhere=True)
    async def overview() -> Overview:
        """What went through in the last hour, what waits and for how long, failures and refusals by reason, room."""
        return await overviews.now()

    @routes.get("/refusals", summary="Files that were not taken")
    @may(Role.OPERATOR, everywhere=True)
    async def refused(
        code: Annotated[str | None, Query(max_length=100, description="Only those of this reason.")] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Refusal]:
        """Newest upload first, without their names: who sent them sees these in the upload."""
        items, total = await refusals(database, code, _place(cursor), limit)
        more = write_cursor([str(items[-1].upload_id), items[-1].number]) if len(items) == limit else None
        return Page(items=items, next=more, total=total)

    return routes


def _place(cursor: str | None) -> tuple[UUID, int] | None:
    if cursor is None:
        return None
    upload_id, number = read_cursor(cursor, 2)
    try:
        return UUID(str(upload_id)), index(number)
    except (TypeError, ValueError):
        raise bad_cursor() from None


def dead_letters(letters: DeadLetters) -> APIRouter:
    routes = router("/api/v1/dead-letters", "operators")

    @routes.get("", summary="Dead letters")
    @may(Role.OPERATOR, everywhere=True)
    async def page(
        group: Group = None, replayed: bool = False, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[DeadLetter]:
        """Records that could not be handled, in the order of their burial."""
        after = read_number(cursor, 0)
        items, total = await letters.page(group, replayed, after, limit)
        more = write_cursor([items[-1].dead_letter_id]) if len(items) == limit else None
        return Page(items=items, next=more, total=total)

    @routes.post("/replay", status_code=202, summary="Replay dead letters")
    @may(Role.OPERATOR, everywhere=True)
    async def replay_all(group: Group = None, reason: Annotated[str | None, Query(max_length=200)] = None) -> Replayed:
        """Send waiting letters to their topics again: all, a group's, or those whose reason holds a text."""
        total = 0
        while count := await letters.replay(None, group, reason):
            total += count
        return Replayed(replayed=total)

    @routes.post("/{dead_letter_id}/replay", status_code=202, summary="Replay one dead letter")
    @may(Role.OPERATOR, everywhere=True)
    async def replay_one(dead_letter_id: Annotated[int, Path(ge=1, le=2**63 - 1)]) -> Replayed:
        """Send one letter to its topic again."""
        return Replayed(replayed=await letters.replay(dead_letter_id, None, None))

    return routes

"""The trail: who changed keys, logged in, was refused or saw an identity, in a table that only grows.

A row names subjects, routes, UIDs and pseudonyms, never a person.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request

from chassis.auth.access import Caller, caller_of
from chassis.db.database import Database, is_away
from chassis.errors import BadRequest, Unavailable
from chassis.telemetry.metrics import REFUSALS, log

REASON_HEADER = "X-Access-Reason"
_REASON_LENGTH = (8, 500)
_INSERT = """
INSERT INTO access.trail (subject, action, route, outcome, objects, reason, client, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""
_REFUSAL_PAUSE_SECONDS, _REFUSAL_SECONDS = 1.0, 2.0
_SHORT = 200


@dataclass(frozen=True)
class Deed:
    """What somebody did or tried. `objects`: ids, UIDs or pseudonyms it was about."""

    action: str
    outcome: str = "done"
    objects: Sequence[str] = ()
    reason: str = ""


class Trail:
    """Writes rows; reading them is the service access's business."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._refused_at, self._untold = float("-inf"), 0

    async def write(self, request: Request, subject: str, deed: Deed, connection: Any = None) -> None:
        """Committed when it returns, or part of the connection's transaction. Raises Unavailable."""
        route = getattr(request.scope.get("route"), "path", "")
        client = request.client.host if request.client else ""
        row = (
            subject[:_SHORT], deed.action, f"{request.method} {route}", deed.outcome, list(deed.objects), deed.reason,
            client, str(request.scope.get("rcdm_request_id", "")),
        )  # fmt: skip
        try:
            await (connection or self._database.pool).execute(_INSERT, *row)
        except Exception as error:
            if is_away(error):
                raise Unavailable("This has to be written down, and the database does not answer.") from error
            raise

    async def refused(self, request: Request, subject: str, outcome: str) -> None:
        """One row a second at most, telling how many there were: guessing keys fills no disk. Never fails."""
        REFUSALS.labels(outcome).inc()
        self._untold += 1
        now = self._clock()
        if now - self._refused_at < _REFUSAL_PAUSE_SECONDS:
            return
        untold, self._untold, self._refused_at = self._untold, 0, now
        others = f"and {untold - 1} more since the last row" if untold > 1 else ""
        try:
            async with asyncio.timeout(_REFUSAL_SECONDS):
                await self.write(request, subject, Deed("caller.refused", outcome, reason=others))
        except Exception as error:
            # A refusal stands whether it can be written down or not; the number above counts it.
            log.warning("a refusal was not written down", reason=type(error).__name__)


@dataclass(frozen=True)
class IdentityReader:
    """A caller who said why. What identifies somebody is shown only after `shows` returned (reliability E11)."""

    request: Request
    caller: Caller
    reason: str

    async def shows(self, *objects: str) -> None:
        """Raises Unavailable when it cannot be written down."""
        trail: Trail = self.request.app.state.gate.trail
        await trail.write(self.request, self.caller.subject, Deed("identity.read", objects=objects, reason=self.reason))


def _identity_reader(
    request: Request,
    reason: Annotated[str | None, Query(max_length=_REASON_LENGTH[1], description="Why; kept in the trail.")] = None,
    said: Annotated[str | None, Header(alias=REASON_HEADER, description="Why, if not in the address.")] = None,
) -> IdentityReader:
    why = (reason or said or "").strip()
    least, most = _REASON_LENGTH
    if not least <= len(why) <= most or not why.isprintable():
        raise BadRequest(
            f"This shows who a patient is: say why in reason=… or {REASON_HEADER} ({least} to {most} characters). "
            "It is kept beside your name.", parameter="reason",
        )  # fmt: skip
    return IdentityReader(request, caller_of(request), why)


WithReason = Annotated[IdentityReader, Depends(_identity_reader)]

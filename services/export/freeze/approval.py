"""A steward's word on a version: that one of few patients may be built (reliability E13), or that one is withdrawn."""

from typing import Any

from fastapi import Request

from chassis.auth.access import Caller, Role
from chassis.auth.audit_log import Deed, Trail
from chassis.db.database import Database
from chassis.errors import Conflict
from services.export.versions import StoredVersion

WAITING = "waiting"


def waits(persons: int, smallest: int, maker: Caller) -> bool:
    """Whether there are fewer patients than `smallest`, and who asks for their data set is no steward."""
    return persons < smallest and not maker.may(Role.STEWARD)


async def hold_back(driver: Any, version_id: int, smallest: int, maker: Caller) -> bool:
    """Whether the version waits, as `waits` says of its patients."""
    persons = await driver.fetchval(
        "SELECT count(DISTINCT person_key) FROM export.member WHERE version_id = $1", version_id
    )
    if not waits(persons, smallest, maker):
        return False
    await driver.execute("UPDATE export.version SET state = $2 WHERE version_id = $1", version_id, WAITING)
    return True


async def approve(
    database: Database, trail: Trail, request: Request, version: StoredVersion, caller: Caller, reason: str
) -> None:
    """It is built from now on, and who let it is written down. Raises Conflict when it does not wait, Unavailable."""
    async with database.pool.acquire() as connection, connection.transaction():
        changed = await connection.fetchval(
            "UPDATE export.version SET state = 'building' WHERE version_id = $1 AND state = $2 RETURNING 1",
            version.version_id, WAITING,
        )  # fmt: skip
        if not changed:
            raise Conflict(f"Version {version.version} is {version.state}; it does not wait.", state=version.state)
        deed = Deed("dataset.approved", objects=(version.name, version.version), reason=reason)
        await trail.write(request, caller.subject, deed, connection)


async def withdraw(
    database: Database, trail: Trail, request: Request, version: StoredVersion, caller: Caller, reason: str
) -> None:
    """Its archive is offered no more, for ever; what it was stays known. Raises Conflict, Unavailable."""
    async with database.pool.acquire() as connection, connection.transaction():
        changed = await connection.fetchval(
            "UPDATE export.version SET withdrawn_at = now(), withdrawn_reason = $2"
            " WHERE version_id = $1 AND state = 'ready' AND withdrawn_at IS NULL RETURNING 1",
            version.version_id, reason,
        )  # fmt: skip
        if not changed:
            state = "withdrawn already" if version.withdrawn_at else version.state
            raise Conflict(f"Version {version.version} is {state}; one that is ready can be withdrawn.", state=state)
        deed = Deed("dataset.withdrawn", objects=(version.name, version.version), reason=reason)
        await trail.write(request, caller.subject, deed, connection)

"""Operations as rows: queued, running, then done, failed or cancelled for good."""

import json
from typing import Any
from uuid import UUID

from chassis.db.database import Database
from chassis.errors import Conflict, NotFound
from services.export.models import Operation
from services.export.versions import seen

_COLUMNS = "operation_id, kind, state, done, total, result, error, created_at"


class Cancelled(Exception):
    """Somebody cancelled the operation while it ran."""


async def find_operation(database: Database, operation_id: UUID, hospitals: frozenset[str] | None) -> Operation:
    """One whose version may be seen from these hospitals. Raises NotFound."""
    row = await database.pool.fetchrow(
        f"SELECT {_COLUMNS} FROM export.operation WHERE operation_id = $1 AND EXISTS"
        f" (SELECT FROM export.version WHERE version.operation_id = $1 AND {seen(2)})", operation_id, hospitals,
    )  # fmt: skip
    if row is None:
        raise NotFound(f"There is no operation {operation_id}.")
    return Operation(**(dict(row) | {"result": row["result"] and json.loads(row["result"])}))


async def start(database: Database, operation_id: UUID) -> None:
    """Raises Cancelled. An operation a killed process had started goes on."""
    await _must_change(
        await database.pool.fetchval(
            "UPDATE export.operation SET state = 'running', changed_at = clock_timestamp()"
            " WHERE operation_id = $1 AND state IN ('queued', 'running') RETURNING 1", operation_id,
        )
    )  # fmt: skip


async def progress(database: Database, operation_id: UUID, done: int) -> None:
    """Of one that is done already nothing changes: it ended while this was on its way. Raises Cancelled."""
    changed = await database.pool.fetchval(
        "UPDATE export.operation SET done = $2, changed_at = clock_timestamp()"
        " WHERE operation_id = $1 AND state = 'running' RETURNING 1", operation_id, done,
    )  # fmt: skip
    ended = "SELECT state = 'done' FROM export.operation WHERE operation_id = $1"
    await _must_change(changed or await database.pool.fetchval(ended, operation_id))


async def finish(connection: Any, operation_id: UUID, result: dict[str, Any]) -> None:
    """Inside the transaction that makes the version ready. Raises Cancelled."""
    await _must_change(
        await connection.fetchval(
            "UPDATE export.operation SET state = 'done', done = total, result = $2, changed_at = clock_timestamp()"
            " WHERE operation_id = $1 AND state = 'running' RETURNING 1", operation_id, json.dumps(result),
        )
    )  # fmt: skip


async def fail(database: Database, operation_id: UUID, error: str) -> None:
    """`error` is a sentence for the one who asked, without patient data."""
    await _end(database, operation_id, "failed", error)


async def cancel(database: Database, operation_id: UUID) -> Operation:
    """Raises NotFound, Conflict when it has ended otherwise. The builder stops and removes what it had stored."""
    await _end(database, operation_id, "cancelled", "Cancelled on request.")
    operation = await find_operation(database, operation_id, None)
    if operation.state != "cancelled":
        raise Conflict(f"The operation is {operation.state} already.", state=operation.state)
    return operation


async def _end(database: Database, operation_id: UUID, state: str, error: str) -> None:
    async with database.pool.acquire() as connection, connection.transaction():
        changed = await connection.fetchval(
            "UPDATE export.operation SET state = $2, error = $3, changed_at = clock_timestamp()"
            " WHERE operation_id = $1 AND state IN ('queued', 'running') RETURNING 1", operation_id, state, error,
        )  # fmt: skip
        if changed:
            await connection.execute(
                "UPDATE export.version SET state = $2 WHERE operation_id = $1", operation_id, state
            )


async def _must_change(changed: object) -> None:
    if not changed:
        raise Cancelled

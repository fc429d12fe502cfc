"""Says that this process lives, and removes what dead ones left on the way."""

import asyncio
from contextlib import suppress

import asyncpg

from chassis.errors import reason_of
from chassis.telemetry import log
from chassis.worker import may_pass
from services.ingest.pending import Pending

SWEEP_SECONDS = 30.0


async def sweep_for_ever(dsn: str, pending: Pending, seconds: float = SWEEP_SECONDS) -> None:
    """Hold the lock that says we live, and sweep; both again as long as the database comes back."""
    connection: asyncpg.Connection | None = None
    try:
        while True:
            try:
                connection = await _holding(connection, dsn, pending.owner)
                if settled := await pending.sweep():
                    log.info("swept", service="ingest", blobs=settled)
            except Exception as error:
                if not may_pass(error):
                    raise
                log.warning("sweep waits", service="ingest", reason=reason_of(error))
            await asyncio.sleep(seconds)
    finally:
        if connection:
            with suppress(Exception):
                await connection.close(timeout=5)


async def _holding(connection: asyncpg.Connection | None, dsn: str, owner: int) -> asyncpg.Connection:
    if connection and not connection.is_closed():
        return connection
    fresh = await asyncpg.connect(dsn, timeout=10)
    await fresh.execute("SELECT pg_advisory_lock($1)", owner)
    return fresh

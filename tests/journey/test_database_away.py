"""A connection that PostgreSQL has ended is an absence to whoever asks on it, never a fault of ours (C3)."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest
from sqlalchemy import text

from chassis.db.database import Database, is_away, open_database
from tests.journey.database_wire import database_wire


async def _query(database: Database) -> None:
    await database.pool.fetchval("SELECT 1")


async def _transaction(database: Database) -> None:
    async with database.pool.acquire() as connection, connection.transaction():
        await connection.fetchval("SELECT 1")


async def _session(database: Database) -> None:
    async with database.engine.connect() as connection:
        await connection.execute(text("SELECT 1"))


@pytest.mark.parametrize("hides_the_end", [False, True], ids=["closed", "told-and-not-closed-yet"])
@pytest.mark.parametrize("work", [_query, _transaction, _session])
async def test_an_ended_connection_is_an_absence(
    postgres_server: str, database: str, work: Callable[[Database], Awaitable[None]], hides_the_end: bool
) -> None:
    with TemporaryDirectory() as short:  # the path of a socket may not be long
        async with (
            database_wire(postgres_server, Path(short)) as wire,
            open_database(wire.dsn(database), pool_size=1) as opened,
        ):
            await work(opened)
            wire.hides_the_end = hides_the_end
            await _end_all(database)
            await _works_or_is_away(opened, work)  # the pool may have known and connected anew
            wire.cut()
            wire.mend()
            await _works_or_is_away(opened, work)
            await work(opened)  # what was cut has been found by now


async def _works_or_is_away(opened: Database, work: Callable[[Database], Awaitable[None]]) -> None:
    try:
        await work(opened)
    except Exception as error:
        if not is_away(error):
            raise


async def _end_all(dsn: str) -> None:
    """What a PostgreSQL that stops does to whoever is connected."""
    connection = await asyncpg.connect(dsn)
    others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    pids = [row["pid"] for row in await connection.fetch(others)]
    assert pids
    for pid in pids:
        assert await connection.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
    await connection.close()

"""One transaction, done again when two met in rows that nobody could put in order beforehand."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from chassis.database import Database
from services.catalog.lookups import Connection

T = TypeVar("T")

_TRIES = 5
_FIRST_PAUSE_SECONDS = 0.05
# Two met in such rows, or one waited too long.
_MET = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.QueryCanceledError)


async def in_transaction(database: Database, work: Callable[[Connection], Awaitable[T]]) -> T:
    """What `work` answers, committed; it may be called several times and does nothing beside its connection."""
    for attempt in range(_TRIES):
        try:
            async with database.pool.acquire() as connection, connection.transaction():
                return await work(connection)
        except _MET:
            if attempt == _TRIES - 1:
                raise
        await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2**attempt)
    raise AssertionError("the last attempt returns or raises")

"""One transaction, done again when two met in rows that nobody could put in order beforehand."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import asyncpg

from chassis.database import Database
from chassis.errors import Unavailable
from services.catalog.lookups import Connection

T = TypeVar("T")

_TRIES = 5
_FIRST_PAUSE_SECONDS = 0.05
_MET = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


async def in_transaction(
    database: Database, work: Callable[[Connection], Awaitable[T]], *, is_patient: bool = False
) -> T:
    """What `work` answers, committed; it may be called several times and does nothing beside its connection.

    `is_patient`: also again after a statement that waited too long, where nobody waits for the answer.
    """
    met = (*_MET, asyncpg.QueryCanceledError) if is_patient else _MET
    for attempt in range(_TRIES):
        try:
            async with database.pool.acquire() as connection, connection.transaction():
                return await work(connection)
        except met:
            if attempt == _TRIES - 1:
                raise
        await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2**attempt)
    raise AssertionError("the last attempt returns or raises")


async def delete_unless_needed(connection: Connection, statements: Sequence[str], of: Any) -> bool:
    """All of them with `of` as $1; none, and False, where a row that somebody else added to the CDM still needs one."""
    try:
        async with connection.transaction():
            for statement in statements:
                await connection.execute(statement, of)
    except asyncpg.ForeignKeyViolationError:
        return False
    return True


@contextmanager
def in_time() -> Iterator[None]:
    """What takes longer than the statement timeout ends as Unavailable; nothing of it was kept."""
    try:
        yield
    except asyncpg.QueryCanceledError:
        raise Unavailable("This took too long, or somebody else is busy with these studies: nothing changed.") from None

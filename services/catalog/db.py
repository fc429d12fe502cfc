"""The catalogue's way to PostgreSQL: transactions that are retried, read-only sessions, locks, lookup rows.

Lookup rows are found or made in an order that is the same everywhere, so that two consumers never deadlock.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import asyncpg
from sqlalchemy import RowMapping
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.aio import gather_bounded
from chassis.db.database import Database
from chassis.errors import Unavailable

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Key = tuple[Any, ...]

T = TypeVar("T")

_TRIES = 5
_FIRST_PAUSE_SECONDS = 0.05
_MET = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)

_SEARCHABLE_TAGS = 7_263_011


@asynccontextmanager
async def reading(database: Database) -> AsyncIterator[AsyncSession]:
    """A session for reading. What takes longer than the statement timeout ends as Unavailable, not as our fault."""
    try:
        async with database.session() as session:
            yield session
    except DBAPIError as error:
        if isinstance(error.orig.__cause__ if error.orig else None, asyncpg.QueryCanceledError):
            raise Unavailable(
                "The search took too long; narrow it down. A tag it asks for can be made quick to search for: "
                "PUT /api/v1/searchable-tags/{keyword}."
            ) from error
        raise


async def answers(database: Database, *questions: Any) -> list[Sequence[RowMapping]]:
    """The rows of each; several are asked at the same time, each in a session of its own."""

    async def rows(question: Any) -> Sequence[RowMapping]:
        async with reading(database) as session:
            return (await session.execute(question)).mappings().all()

    return await gather_bounded(len(questions), rows, questions)


@dataclass(frozen=True)
class Lookup:
    """A table with a natural key; `types` are those of the key's columns as PostgreSQL writes them."""

    table: str
    id_column: str
    key_columns: tuple[str, ...]
    types: tuple[str, ...]


HOSPITAL = Lookup("rcdm.radiology_hospital", "radiology_hospital_id", ("text",), ("text",))

MODALITY = Lookup("rcdm.radiology_modality", "radiology_modality_id", ("text",), ("text",))

POSITION = Lookup("rcdm.radiology_person_position", "person_position_id", ("text",), ("text",))

UNITS = Lookup("rcdm.radiology_units", "radiology_units_id", ("text",), ("text",))

PROTOCOL = Lookup(
    "rcdm.radiology_protocol",
    "radiology_protocol_id",
    ("radiology_hospital_id", "text", "source_tag"),
    ("integer", "text", "text"),
)

DEVICE = Lookup(
    "rcdm.radiology_device",
    "radiology_device_id",
    ("radiology_hospital_id", "station_name", "manufacturer", "model", "serial_number"),
    ("integer", "text", "text", "text", "text"),
)


async def find_or_create(connection: Connection, lookup: Lookup, keys: Collection[Key]) -> dict[Key, int]:
    """The id of every key. What is there already is only read, so that a batch of known things locks nothing."""
    wanted = sorted(set(keys))
    found = await _find(connection, lookup, wanted)
    missing = [key for key in wanted if key not in found]
    if missing:
        await connection.execute(_insert(lookup), *_columns(missing))
        found |= await _find(connection, lookup, missing)
    return found


async def _find(connection: Connection, lookup: Lookup, keys: list[Key]) -> dict[Key, int]:
    if not keys:
        return {}
    names = ", ".join(lookup.key_columns)
    rows = await connection.fetch(
        f"SELECT {lookup.id_column}, {names} FROM {lookup.table}"
        f" JOIN unnest({_parameters(lookup)}) AS wanted ({names}) USING ({names})",
        *_columns(keys),
    )
    return {tuple(row[name] for name in lookup.key_columns): row[lookup.id_column] for row in rows}


def _insert(lookup: Lookup) -> str:
    names = ", ".join(lookup.key_columns)
    return f"INSERT INTO {lookup.table} ({names}) SELECT * FROM unnest({_parameters(lookup)}) ON CONFLICT DO NOTHING"


def _parameters(lookup: Lookup) -> str:
    return ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(lookup.types, start=1))


def _columns(keys: list[Key]) -> list[list[Any]]:
    return [list(column) for column in zip(*keys, strict=True)]


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


async def see_searchable_tags(connection: Connection) -> None:
    """Until the transaction ends no tag becomes searchable: whoever writes images sees them all."""
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", _SEARCHABLE_TAGS)


async def change_searchable_tags(connection: Connection) -> None:
    """Waits for those who write images, and they wait for us."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _SEARCHABLE_TAGS)

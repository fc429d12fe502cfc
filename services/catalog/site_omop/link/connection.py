"""A look into the site's OMOP database (RCDM_OMOP): one moment of it, in a transaction that cannot write."""

import csv
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from chassis.errors import BadRequest, SettingsError, Unavailable
from services.catalog.db import Connection

_CONNECT_SECONDS = 10
_CALLED = "person_source_value"
# Whatever the role may do, nothing is written here.
_SETTINGS = {
    "default_transaction_read_only": "on", "statement_timeout": "3600000", "timezone": "UTC", "datestyle": "ISO, YMD",
    "application_name": "rcdm",
}  # fmt: skip
# The last one: asyncpg was in the middle of its answer when the connection ended.
_GONE = (
    asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.InterfaceError, ConnectionError,
    asyncpg.InternalClientError,
)  # fmt: skip
_COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""


@dataclass(frozen=True)
class Site:
    """`columns` of those tables that are there, in their order."""

    connection: Connection
    columns: Mapping[str, Sequence[str]]

    async def write(self, query: str, path: Path, *values: object, athena: bool = False) -> None:
        """Rows as a file with a header: CSV, or as Athena writes it."""
        how = {"delimiter": "\t", "quote": "\b"} if athena else {}
        with path.open("wb") as file, _away_in_words():
            await self.connection.copy_from_query(query, *values, output=file, format="csv", header=True, **how)

    async def write_persons(
        self, columns: Sequence[str], ids: Sequence[int], path: Path, pseudonym: Callable[[str], str]
    ) -> None:
        """As `write`, with a pseudonym in place of what the site calls them: that never lies on a disk of ours."""
        names = ", ".join(f"{one}::text" for one in columns)
        place = columns.index(_CALLED) if _CALLED in columns else None
        question = f"SELECT {names} FROM person WHERE person_id = ANY($1::integer[])"
        with path.open("w", newline="", encoding="utf-8") as file, _away_in_words():
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            async for row in self.connection.cursor(question, ids, prefetch=5000):
                said = list(row)
                if place is not None and said[place]:
                    said[place] = pseudonym(said[place])
                writer.writerow(said)


@contextmanager
def _away_in_words() -> Iterator[None]:
    """Rights are told by `open_site`, for a whole site."""
    try:
        yield
    except _GONE:
        raise Unavailable(
            "The site's OMOP database (RCDM_OMOP) went away. Nothing was changed; run it again."
        ) from None


@asynccontextmanager
async def open_site(address: str, tables: Sequence[str]) -> AsyncIterator[Site]:
    """Raises SettingsError when it cannot be reached, BadRequest for tables that are not there or not to be read."""
    if not address:
        raise SettingsError(
            "RCDM_OMOP: write where the site's OMOP database is, postgresql://reader@host/name?search_path=cdm"
        )
    try:
        connection = await asyncpg.connect(address, timeout=_CONNECT_SECONDS, server_settings=_SETTINGS)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise SettingsError(f"RCDM_OMOP: the database cannot be reached ({type(error).__name__}).") from None
    try:
        # Never committed nor rolled back: it wrote nothing, and ends with the connection, also one that is lost.
        await connection.transaction(isolation="repeatable_read", readonly=True).start()
        yield await _site(connection, tables)
    except asyncpg.InsufficientPrivilegeError as error:
        raise BadRequest(f"RCDM_OMOP: {error.args[0]}. The role needs SELECT, nothing else.") from None
    finally:
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await connection.close(timeout=_CONNECT_SECONDS)


async def _site(connection: Connection, tables: Sequence[str]) -> Site:
    found = {table: [row[0] for row in await connection.fetch(_COLUMNS, table)] for table in tables}
    if missing := [table for table, columns in found.items() if not columns]:
        schemas = await connection.fetchval("SELECT array_to_string(current_schemas(false), ', ')")
        raise BadRequest(
            f"RCDM_OMOP: there is no table {', '.join(missing)} in {schemas or 'any schema that may be used'}. "
            "Name the schema of the CDM at the end of the address: ?search_path=cdm",
            missing=missing,
        )
    return Site(connection, found)

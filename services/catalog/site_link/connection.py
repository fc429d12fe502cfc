"""A look into the site's OMOP database (RCDM_OMOP): one moment of it, in a transaction that cannot write."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from chassis.errors import BadRequest, SettingsError
from services.catalog.lookups import Connection

_CONNECT_SECONDS = 10
# Whatever the role may do, nothing is written here.
_SETTINGS = {
    "default_transaction_read_only": "on", "statement_timeout": "0", "timezone": "UTC", "datestyle": "ISO, YMD",
    "application_name": "rcdm",
}  # fmt: skip
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
        with path.open("wb") as file:
            await self.connection.copy_from_query(query, *values, output=file, format="csv", header=True, **how)


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
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield await _site(connection, tables)
    except asyncpg.InsufficientPrivilegeError as error:
        raise BadRequest(f"RCDM_OMOP: {error.args[0]}. The role needs SELECT, nothing else.") from None
    finally:
        await connection.close()


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

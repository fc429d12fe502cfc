"""Tables beside those in use: filled by COPY, indexed like them, and put in their place in one moment."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import asyncpg

from chassis.errors import BadRequest, Conflict
from services.catalog.db import Connection
from services.catalog.vocabulary.files import OPTIONAL, REQUIRED, VocabularyFile
from services.catalog.vocabulary.terms.index import TABLES as TERM_TABLES

STAGING = "cdm_load"
TABLES = (*REQUIRED, *OPTIONAL)
Progress = Callable[[str, int, int], None]
_CHUNK_BYTES = 1 << 20
_LONGEST_EXCERPT = 300
_GRANTS = """
SELECT format('GRANT %s ON %s TO %s', privilege_type, oid::regclass,
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
FROM pg_class, aclexplode(relacl) WHERE oid = $1::text::regclass AND grantee <> relowner
"""


async def open_staging(connection: Connection) -> None:
    """All tables, empty: what is not in the download is no longer there after it."""
    await connection.execute(f"DROP SCHEMA IF EXISTS {STAGING} CASCADE")
    await connection.execute(f"CREATE SCHEMA {STAGING}")
    for table in TABLES:
        await connection.execute(f"CREATE TABLE {STAGING}.{table} (LIKE cdm.{table} INCLUDING DEFAULTS)")


async def copy_in(
    connection: Connection, file: VocabularyFile, progress: Progress, accept_missing: bool = False
) -> int:
    """The number of rows. Raises BadRequest naming the file, and the line and column where there is one."""
    columns = await asyncio.to_thread(file.columns)
    await _check_columns(connection, file, columns)
    try:
        # No text of a vocabulary holds a backspace: nothing is taken for a quote.
        told = await connection.copy_to_table(
            file.table, schema_name=STAGING, columns=columns, source=_chunks(file, progress, accept_missing),
            format="csv", delimiter="\t", header=True, quote="\b", encoding="utf-8",
        )  # fmt: skip
    except asyncpg.PostgresError as error:
        where = " ".join(str(getattr(error, "context", "") or "").split())[:_LONGEST_EXCERPT]
        raise BadRequest(f"{file.name}: {error.args[0]} ({where}). Nothing was loaded.", file=file.name) from None
    return int(told.split()[-1])


async def index_all(connection: Connection) -> None:
    """As the tables in use have it: keys first, then indices."""
    for table in TABLES:
        for definition in await connection.fetch(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype = 'p'",
            f"cdm.{table}",
        ):
            await _execute(connection, table, f"ALTER TABLE {STAGING}.{table} ADD {definition[0]}")
        for definition in await connection.fetch(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'cdm' AND tablename = $1"
            " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname AND contype = 'p')",
            table,
        ):
            await _execute(connection, table, definition[0].replace(f" ON cdm.{table} ", f" ON {STAGING}.{table} "))
        await connection.execute(f"ANALYZE {STAGING}.{table}")


async def put_in_place(connection: Connection) -> None:
    """The old ones are gone when the caller's transaction ends; who could read them reads the new. Raises Conflict."""
    for schema, table in [*(("cdm", one) for one in TABLES), *(("catalog", one) for one in TERM_TABLES)]:
        grants = await connection.fetch(_GRANTS, f"{schema}.{table}")
        try:
            await connection.execute(f"DROP TABLE {schema}.{table}")
        except asyncpg.DependentObjectsStillExistError as error:
            raise Conflict(f"{error.detail}. Drop it, load, and make it again. Nothing was loaded.") from None
        await connection.execute(f"ALTER TABLE {STAGING}.{table} SET SCHEMA {schema}")
        for grant in grants:
            await connection.execute(grant[0])
    await connection.execute(f"DROP SCHEMA {STAGING}")


async def _execute(connection: Connection, table: str, statement: str) -> None:
    try:
        await connection.execute(statement)
    except asyncpg.UniqueViolationError as error:
        raise BadRequest(f"{table.upper()}.csv: {error.detail} Nothing was loaded.", file=f"{table}.csv") from None


async def _check_columns(connection: Connection, file: VocabularyFile, columns: Sequence[str]) -> None:
    rows = await connection.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'cdm' AND table_name = $1", file.table
    )
    wanted = {row[0] for row in rows}
    said = [
        f"{what} {', '.join(sorted(names))}"
        for what, names in (
            ("lacks", wanted - set(columns)),
            ("has unknown", set(columns) - wanted),
            ("repeats", {one for one in columns if columns.count(one) > 1}),
        )
        if names
    ]
    if said:
        raise BadRequest(
            f"{file.name}, line 1: the header {'; '.join(said)[:_LONGEST_EXCERPT]}. Athena separates columns by tabs. "
            "Nothing was loaded.",
            file=file.name,
            line=1,
        )


async def _chunks(file: VocabularyFile, progress: Progress, accept_missing: bool) -> AsyncIterator[bytes]:
    done, lines, last = 0, 0, b""
    with file.reading() as opened:
        while chunk := await asyncio.to_thread(opened.read, _CHUNK_BYTES):
            yield chunk
            done, lines, last = done + len(chunk), lines + chunk.count(b"\n"), chunk[-1:]
            progress(file.name, done, file.size)
    # A number that lost its last digits is still a number: only the missing line feed tells.
    if last != b"\n" and not accept_missing:
        raise BadRequest(
            f"{file.name}: line {lines + 1} is cut, or lacks its line feed. Nothing was loaded. Download again, or, if "
            "the file is whole, load it with --accept-missing.",
            file=file.name,
            line=lines + 1,
        )

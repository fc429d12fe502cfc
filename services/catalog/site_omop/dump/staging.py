"""The files of a dump become tables of their own, row for row; what cannot be one is told by file, line and column.

No value of a dump is ever told: it may be a name.
"""

import re
from typing import TypeAlias

import asyncpg

from chassis.errors import BadRequest
from services.catalog.db import Connection
from services.catalog.site_omop.dump.files import Progress, Pseudonym, TableFile, chunks_of, persons_of

STAGING = "omop_load"
ROW = "dump_row"  # 1 is the row below the header
# Of each column: its type, and whether it must be given.
Kinds: TypeAlias = dict[str, tuple[str, bool]]
_WHERE = re.compile(r"line (\d+)(?:, column (\w+))?")
# PostgreSQL's own words for these name a table or column and no value.
_OWN_WORDS = (
    asyncpg.BadCopyFileFormatError,
    asyncpg.StringDataRightTruncationError,
    asyncpg.NotNullViolationError,
)
_TEXT = re.compile("character|text")


async def open_staging(connection: Connection, table: str) -> Kinds:
    """An empty table beside the one in use."""
    await connection.execute(f"CREATE UNLOGGED TABLE {STAGING}.{table} (LIKE cdm.{table})")
    await connection.execute(f"ALTER TABLE {STAGING}.{table} ADD {ROW} bigint GENERATED ALWAYS AS IDENTITY")
    rows = await connection.fetch(
        "SELECT attname, format_type(atttypid, NULL), attnotnull FROM pg_attribute"
        " WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped",
        f"cdm.{table}",
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def copy_in(
    connection: Connection, file: TableFile, kinds: Kinds, pseudonym: Pseudonym, progress: Progress
) -> int:
    """The number of rows. `pseudonym` takes the place of a person_source_value. Raises BadRequest."""
    _check_columns(file, kinds)
    chunks = persons_of(file, pseudonym, progress) if file.table == "person" else chunks_of(file, progress)
    try:
        told = await connection.copy_to_table(
            file.table, schema_name=STAGING, columns=file.columns, source=chunks, format="csv", header=True,
            delimiter=file.delimiter, encoding="utf-8",
            force_null=[name for name in file.columns if not _TEXT.match(kinds[name][0])] or None,
        )  # fmt: skip
    except asyncpg.PostgresError as error:
        raise _refused(file, kinds, error) from None
    return int(told.split()[-1])


def _refused(file: TableFile, kinds: Kinds, error: asyncpg.PostgresError) -> BadRequest:
    where = _WHERE.search(str(getattr(error, "context", "") or ""))
    line, column = (int(where[1]), where[2]) if where else (None, None)
    if isinstance(error, _OWN_WORDS):
        what = str(error.args[0])
    elif isinstance(error, asyncpg.CharacterNotInRepertoireError):
        what = "no UTF-8 text"
    else:
        what = f"no {kinds[column][0]}" if column in kinds else type(error).__name__
    place = f", line {line}" if line else ""
    place += f", column {column}" if column else ""
    return BadRequest(f"{file.name}{place}: {what}. Nothing was loaded.", file=file.name, line=line, column=column)


def _check_columns(file: TableFile, kinds: Kinds) -> None:
    required = {name for name, (_, is_required) in kinds.items() if is_required}
    said = [
        f"{what} {', '.join(sorted(names))}"
        for what, names in (
            ("lacks", required - set(file.columns)),
            ("has unknown", {name[:50] for name in file.columns} - set(kinds)),
            ("repeats", {name for name in file.columns if file.columns.count(name) > 1}),
        )
        if names
    ]
    if said:
        raise BadRequest(
            f"{file.name}, line 1: the header {'; '.join(said)[:300]}. Columns are separated by commas or tabs and "
            "named as the CDM 5.4 names them. Nothing was loaded.",
            file=file.name,
            line=1,
        )

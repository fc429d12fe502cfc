"""What in a dump contradicts itself: a row that is there twice, a number of what is nowhere, an id that is too high."""

from collections.abc import Iterable, Sequence

from chassis.errors import BadRequest
from services.catalog.db import Connection
from services.catalog.site_omop.dump.files import KNOWN_BY, OURS, TableFile
from services.catalog.site_omop.dump.staging import ROW, STAGING
from services.catalog.vocabulary.check import Finding

HIGHEST_ID = 2_000_000_000  # above, int4 ends before the rows to come are numbered
_MOST_TOLD = 5
_CONCEPTS = "SELECT concept_id AS id FROM cdm.concept"
_ONLY = "named.{} BETWEEN 1 AND 1999999999"  # local ones begin above

_FOREIGN_KEYS = """
SELECT attname AS column, relname AS other, (
    SELECT attname FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[1]) AS key
FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
JOIN pg_class other ON other.oid = confrelid AND relnamespace = 'cdm'::regnamespace
WHERE conrelid = $1::text::regclass AND contype = 'f' ORDER BY 1
"""


async def primary_key(connection: Connection, table: str) -> str | None:
    found: str | None = await connection.fetchval(
        "SELECT attname FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]"
        " WHERE conrelid = $1::text::regclass AND contype = 'p'",
        f"cdm.{table}",
    )
    return found


async def check_rows(connection: Connection, file: TableFile, key: str | None) -> None:
    """Raises BadRequest for the first row that repeats what another is known by, and for ids above HIGHEST_ID."""
    repeated = [(key,)] if key else [KNOWN_BY[file.table]] if file.table in KNOWN_BY else []
    if file.table == "person" and "person_source_value" in file.columns:
        repeated.append(("person_source_value",))
    for columns in repeated:
        names = ", ".join(columns)
        row = await connection.fetchrow(
            f"SELECT min({ROW}), max({ROW}) FROM {STAGING}.{file.table} WHERE {columns[0]} IS NOT NULL"
            f" GROUP BY {names} HAVING count(*) > 1 ORDER BY 1 LIMIT 1"
        )
        if row:
            raise BadRequest(
                f"{file.name}: row {row[1]} has the {names} of row {row[0]}. Nothing was loaded.", file=file.name
            )
    if key:
        await _check_ids(connection, file, key)


async def dangling(connection: Connection, files: Sequence[TableFile]) -> list[Finding]:
    """Rows that point to what is neither in the dump nor loaded before. What we made from DICOM is nothing to them."""
    staged = {file.table for file in files}
    return [
        finding
        for file in files
        for column, other, key in await connection.fetch(_FOREIGN_KEYS, f"cdm.{file.table}")
        if column in file.columns
        if (finding := await _dangling(connection, file.table, column, other, key, staged))
    ]


async def unknown_concepts(connection: Connection, files: Sequence[TableFile]) -> list[Finding]:
    """Concepts that the vocabulary in use lacks; 0 and local ones are no gap. Without a vocabulary there are none."""
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM cdm.concept)"):
        return []
    return [
        finding
        for file in files
        for column in file.columns
        if "concept_id" in column
        if (finding := await _missing(connection, file.table, column, _CONCEPTS, _ONLY.format(column)))
    ]


def refusal(found: Sequence[Finding]) -> BadRequest:
    told = "; ".join(str(one) for one in found[:_MOST_TOLD])
    return BadRequest(
        f"The tables do not fit together: {told}. They are of different dumps, one was cut, or one is missing. "
        "Nothing was loaded.",
        findings=[one.document() for one in found],
    )


async def _check_ids(connection: Connection, file: TableFile, key: str) -> None:
    row = await connection.fetchrow(
        f"SELECT {ROW} FROM {STAGING}.{file.table} WHERE {key} > {HIGHEST_ID} ORDER BY 1 LIMIT 1"
    )
    if row:
        raise BadRequest(
            f"{file.name}: row {row[0]} has a {key} above {HIGHEST_ID:,}, which leaves no numbers for rows to come. "
            "Nothing was loaded.",
            file=file.name,
        )


async def _dangling(
    connection: Connection, table: str, column: str, other: str, key: str, staged: Iterable[str]
) -> Finding | None:
    there = f"SELECT {key} AS id FROM cdm.{other}"
    if other in OURS:
        there = f"{there} EXCEPT ({OURS[other]})"
    if other in staged:
        there = f"{there} UNION ALL SELECT {key} FROM {STAGING}.{other}"
    return await _missing(connection, table, column, there)


async def _missing(connection: Connection, table: str, column: str, there: str, only: str = "true") -> Finding | None:
    row = await connection.fetchrow(
        f"SELECT count(*), min(named.{column})::text FROM {STAGING}.{table} named"
        f" LEFT JOIN ({there}) AS there ON there.id = named.{column}"
        f" WHERE there.id IS NULL AND named.{column} IS NOT NULL AND {only}"
    )
    assert row is not None
    return Finding(f"cdm.{table}", column, row[0], row[1]) if row[0] else None

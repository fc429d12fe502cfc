"""Checked rows of a dump come into the tables in use: new ones are added, others changed, none is removed."""

from dataclasses import asdict, dataclass
from typing import Any

import asyncpg

from chassis.errors import BadRequest
from services.catalog.lookups import Connection
from services.catalog.omop.check import primary_key
from services.catalog.omop.files import TableFile
from services.catalog.omop.staging import STAGING
from services.catalog.omop.tables import KNOWN_BY, OURS


@dataclass(frozen=True)
class Merged:
    """Rows in the file, how many of them were new, and how many differed from what was there."""

    rows: int
    added: int
    changed: int

    def document(self) -> dict[str, Any]:
        return asdict(self)


async def move_sequence(connection: Connection, table: str, key: str) -> None:
    """Past the highest number of the dump, at once and for everybody: no row made meanwhile takes one of them."""
    sequence = f"pg_get_serial_sequence('cdm.{table}', '{key}')"
    await connection.execute(
        f"SELECT setval({sequence}, highest) FROM (SELECT max({key}) AS highest FROM {STAGING}.{table}) AS staged"
        f" WHERE highest > coalesce(pg_sequence_last_value({sequence}::regclass), 0) AND highest >= ("
        f" SELECT seqstart FROM pg_sequence WHERE seqrelid = {sequence}::regclass)"
    )


async def give_way(connection: Connection, table: str, key: str) -> int:
    """Rows of ours whose number the dump needs get another; what points to them follows. Returns how many."""
    if table not in OURS:
        return 0
    told = await connection.execute(
        f"UPDATE cdm.{table} SET {key} = nextval(pg_get_serial_sequence('cdm.{table}', '{key}'))"
        f" WHERE {key} IN (SELECT {key} FROM {STAGING}.{table}) AND {key} IN ({OURS[table]})"
    )
    return int(told.split()[-1])


async def merge(connection: Connection, file: TableFile, rows: int) -> Merged:
    """The same file again adds and changes nothing. Raises BadRequest when rows of ours or of before contradict it."""
    key = await primary_key(connection, file.table)
    try:
        if key:
            return await _by_key(connection, file, key, rows)
        changed = await _change_known(connection, file) if file.table in KNOWN_BY else 0
        return Merged(rows, await _add_unknown(connection, file), changed)
    except asyncpg.UniqueViolationError as error:
        raise BadRequest(
            f"{file.name}: a row contradicts one that was loaded before ({error.constraint_name}). Nothing was loaded.",
            file=file.name,
        ) from None


async def _by_key(connection: Connection, file: TableFile, key: str, rows: int) -> Merged:
    names, others = ", ".join(map(_name, file.columns)), [_name(one) for one in file.columns if one != key]
    settings = ", ".join(f"{one} = excluded.{one}" for one in others)
    before, after = (", ".join(f"{place}.{one}" for one in others) for place in ("known", "excluded"))
    row = await connection.fetchrow(
        f"WITH merged AS (INSERT INTO cdm.{file.table} AS known ({names}) SELECT {names} FROM {STAGING}.{file.table}"
        f" ON CONFLICT ({key}) DO UPDATE SET {settings} WHERE ROW({before}) IS DISTINCT FROM ROW({after})"
        " RETURNING xmax = 0 AS is_new)"
        " SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM merged"
    )
    assert row is not None
    return Merged(rows, row[0], row[1])


async def _change_known(connection: Connection, file: TableFile) -> int:
    known_by = KNOWN_BY[file.table]
    others = [_name(one) for one in file.columns if one not in known_by]
    same = " AND ".join(f"known.{one} = staged.{one}" for one in known_by)
    settings = ", ".join(f"{one} = staged.{one}" for one in others)
    before, after = (", ".join(f"{place}.{one}" for one in others) for place in ("known", "staged"))
    told = await connection.execute(
        f"UPDATE cdm.{file.table} known SET {settings} FROM {STAGING}.{file.table} staged"
        f" WHERE {same} AND ROW({before}) IS DISTINCT FROM ROW({after})"
    )
    return int(told.split()[-1])


async def _add_unknown(connection: Connection, file: TableFile) -> int:
    names, table = ", ".join(map(_name, file.columns)), f"cdm.{file.table}"
    known_by = ", ".join(map(_name, KNOWN_BY.get(file.table, file.columns)))
    told = await connection.execute(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {STAGING}.{file.table} JOIN ("
        f" SELECT {known_by} FROM {STAGING}.{file.table} EXCEPT SELECT {known_by} FROM {table}) AS unknown"
        f" USING ({known_by})"
        if file.table in KNOWN_BY
        else f"INSERT INTO {table} ({names})"
        f" SELECT {names} FROM {STAGING}.{file.table} EXCEPT SELECT {names} FROM {table}"
    )
    return int(told.split()[-1])


def _name(column: str) -> str:
    return f'"{column}"'  # `offset` of note_nlp is a word of SQL

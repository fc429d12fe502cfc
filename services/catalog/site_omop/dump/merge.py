"""Checked rows of a dump come into the tables in use: new ones are added, others changed, none is removed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import asyncpg

from chassis.errors import BadRequest
from services.catalog.db import Connection
from services.catalog.site_omop.dump.check import primary_key
from services.catalog.site_omop.dump.files import KNOWN_BY, OURS, TableFile
from services.catalog.site_omop.dump.staging import STAGING


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
    """The same file again adds and changes nothing. Raises BadRequest when a row contradicts one of before."""
    key = await primary_key(connection, file.table)
    known_by = (key,) if key else KNOWN_BY.get(file.table)
    try:
        if known_by is None:
            return Merged(rows, await _add_other(connection, file), 0)
        # Not by ON CONFLICT, which locks also what it leaves alone: studies of these persons would wait for the end.
        changed = await _change(connection, file, known_by)
        return Merged(rows, await _add(connection, file, known_by), changed)
    except asyncpg.UniqueViolationError as error:
        raise BadRequest(
            f"{file.name}: a row contradicts one that was loaded before ({error.constraint_name}). Nothing was loaded.",
            file=file.name,
        ) from None


async def _change(connection: Connection, file: TableFile, known_by: Sequence[str]) -> int:
    others = [_name(one) for one in file.columns if one not in known_by]
    if not others:
        return 0
    same = " AND ".join(f"known.{_name(one)} = staged.{_name(one)}" for one in known_by)
    settings = ", ".join(f"{one} = staged.{one}" for one in others)
    before, after = (", ".join(f"{place}.{one}" for one in others) for place in ("known", "staged"))
    told = await connection.execute(
        f"UPDATE cdm.{file.table} known SET {settings} FROM {STAGING}.{file.table} staged"
        f" WHERE {same} AND ROW({before}) IS DISTINCT FROM ROW({after})"
    )
    return int(told.split()[-1])


async def _add(connection: Connection, file: TableFile, known_by: Sequence[str]) -> int:
    same = " AND ".join(f"known.{_name(one)} = staged.{_name(one)}" for one in known_by)
    names = ", ".join(map(_name, file.columns))
    return await _insert(
        connection,
        file,
        f"SELECT {names} FROM {STAGING}.{file.table} staged"
        f" WHERE NOT EXISTS (SELECT FROM cdm.{file.table} known WHERE {same})",
    )


async def _add_other(connection: Connection, file: TableFile) -> int:
    """Rows that are alike in all columns are one."""
    names = ", ".join(map(_name, file.columns))
    return await _insert(
        connection, file, f"SELECT {names} FROM {STAGING}.{file.table} EXCEPT SELECT {names} FROM cdm.{file.table}"
    )


async def _insert(connection: Connection, file: TableFile, rows: str) -> int:
    told = await connection.execute(f"INSERT INTO cdm.{file.table} ({', '.join(map(_name, file.columns))}) {rows}")
    return int(told.split()[-1])


def _name(column: str) -> str:
    return f'"{column}"'  # `offset` of note_nlp is a word of SQL

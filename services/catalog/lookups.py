"""Rows found by their text or made, in an order that is the same everywhere so that two consumers never deadlock."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Key = tuple[Any, ...]


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

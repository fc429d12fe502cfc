"""What in a vocabulary, or in our rows, names something that the vocabulary does not have."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from services.catalog.db import Connection

# The keys of the vocabulary's own tables, as published.
_KEYS = (
    ("concept", "domain_id", "domain", "domain_id"),
    ("concept", "vocabulary_id", "vocabulary", "vocabulary_id"),
    ("concept", "concept_class_id", "concept_class", "concept_class_id"),
    ("concept_synonym", "concept_id", "concept", "concept_id"),
    ("concept_relationship", "concept_id_1", "concept", "concept_id"),
    ("concept_relationship", "concept_id_2", "concept", "concept_id"),
    ("concept_relationship", "relationship_id", "relationship", "relationship_id"),
    ("concept_ancestor", "ancestor_concept_id", "concept", "concept_id"),
    ("concept_ancestor", "descendant_concept_id", "concept", "concept_id"),
)
_VOCABULARY = (
    "concept", "vocabulary", "domain", "concept_class", "relationship", "concept_relationship", "concept_ancestor",
    "concept_synonym", "drug_strength",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """So many rows of a field name what is not there; one of those names."""

    table: str
    column: str
    rows: int
    example: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}: {self.rows} rows name what is not there, such as {self.example}"

    def document(self) -> dict[str, Any]:
        return asdict(self)


async def missing_inside(connection: Connection, schema: str) -> list[Finding]:
    """Inside a vocabulary: files of different downloads, a file that was cut, or words that were left out."""
    found = [
        await _missing(connection, f"{schema}.{table}", column, f"{schema}.{other}", key)
        for table, column, other, key in _KEYS
    ]
    return [replace(one, table=one.table.replace(f"{schema}.", "cdm.")) for one in found if one]


async def missing_to_us(connection: Connection, vocabulary: str) -> list[Finding]:
    """Concepts our rows name and this vocabulary lacks; 0 and local ones (2,000,000,000 and above) are no gap."""
    rows = await connection.fetch(
        "SELECT table_schema, table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
        " USING (table_schema, table_name) WHERE table_schema IN ('cdm', 'rcdm') AND table_type = 'BASE TABLE'"
        " AND column_name LIKE '%concept\\_id%' AND NOT table_name = ANY($1) ORDER BY 1, 2, 3",
        list(_VOCABULARY),
    )
    found = [
        await _missing(
            connection, f"{schema}.{table}", column, f"{vocabulary}.concept", "concept_id", " AND {} < 2000000000"
        )
        for schema, table, column in rows
    ]
    return [one for one in found if one]


async def _missing(
    connection: Connection, table: str, column: str, other: str, key: str, only: str = ""
) -> Finding | None:
    row = await connection.fetchrow(
        f"SELECT count(*), min(named.{column}::text) FROM {table} named WHERE named.{column} IS NOT NULL"
        f" AND named.{column}::text <> '0'{only.format(f'named.{column}')}"
        f" AND NOT EXISTS (SELECT FROM {other} there WHERE there.{key} = named.{column})"
    )
    assert row is not None
    return Finding(table, column, row[0], row[1]) if row[0] else None

"""Our OMOP tables against the published list of fields (beside the checkout)."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journey.catalog_shelf import open_shelf

FIELDS = Path(__file__).parents[2] / "../shared/reference/OMOP_CDMv5.4_Field_Level.csv"
# A newer vocabulary replaces these whole, while rows point to them: told by `rcdm vocabulary load`, not by keys.
WITHOUT_KEY = {"concept", "vocabulary", "domain", "concept_class", "relationship"}
TYPES = {"datetime": "timestamp without time zone", "float": "numeric", "varchar(max)": "text"}

pytestmark = pytest.mark.corpus


def _published() -> Iterator[tuple[Any, ...]]:
    with FIELDS.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            table, kind = row["cdmTableName"].lower(), row["cdmDatatype"].lower()
            target = row["fkTableName"].lower() if row["isForeignKey"] == "Yes" else None
            yield (
                table,
                row["cdmFieldName"].lower().strip('"'),
                TYPES.get(kind, kind).replace("varchar", "character varying"),
                row["isRequired"] == "Yes",
                row["isPrimaryKey"] == "Yes",
                None if target in WITHOUT_KEY else target,
            )


async def test_every_field_has_the_published_type_need_and_keys(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with open_shelf(postgres_server, tmp_path_factory.mktemp("shelf")) as shelf:
        rows = await shelf.rows(
            """
            SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS kind, a.attnotnull,
                EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p'
                    AND a.attnum = ANY (k.conkey)) AS is_key,
                (SELECT k.confrelid::regclass::text FROM pg_constraint k WHERE k.conrelid = c.oid
                    AND k.contype = 'f' AND a.attnum = ANY (k.conkey)) AS target
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
            WHERE c.relnamespace = 'cdm'::regnamespace AND c.relkind = 'r'
            """
        )
    ours = {(*list(row.values())[:5], row["target"] and row["target"].removeprefix("cdm.")) for row in rows}
    assert ours == set(_published())

"""Our OMOP tables against the published list of fields (beside the checkout)."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journey.catalog_shelf import open_shelf

FIELDS = Path(__file__).parents[2] / "../shared/reference/OMOP_CDMv5.4_Field_Level.csv"
TABLES = {
    "person", "visit_occurrence", "condition_occurrence", "procedure_occurrence", "observation_period", "care_site",
    "location", "provider", "concept", "vocabulary", "domain", "concept_class", "relationship", "concept_relationship",
    "concept_ancestor", "concept_synonym", "source_to_concept_map", "cdm_source",
}  # fmt: skip
# Loaded, or pointed to, only once a vocabulary is there; visit_detail is not kept.
WITHOUT_KEY = {"concept", "vocabulary", "domain", "concept_class", "relationship", "visit_detail"}
TYPES = {"datetime": "timestamp without time zone", "float": "numeric", "varchar(max)": "text"}

pytestmark = pytest.mark.corpus


def _published() -> Iterator[tuple[Any, ...]]:
    with FIELDS.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            table, kind = row["cdmTableName"].lower(), row["cdmDatatype"].lower()
            if table not in TABLES:
                continue
            target = row["fkTableName"].lower() if row["isForeignKey"] == "Yes" else None
            yield (
                table,
                row["cdmFieldName"].lower(),
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

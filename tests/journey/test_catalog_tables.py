"""The migrated database is what the table classes say."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlmodel import SQLModel

import cdm.tables  # noqa: F401  # makes the table classes known
from tests.journey.catalog_shelf import Shelf, open_shelf

# fmt: off
POSITIONS = {
    "HFP", "HFS", "HFDR", "HFDL", "FFDR", "FFDL", "FFP", "FFS", "LFP", "LFS", "RFP", "RFS", "AFDR", "AFDL", "PFDR",
    "PFDL", "AP", "PA", "LL", "RL", "RLD", "LLD", "RLO", "LLO",
}
NINE = {
    "radiology_occurrence", "radiology_image", "radiology_protocol", "radiology_condition",
    "radiology_person_position", "radiology_modality", "radiology_units", "radiology_device", "radiology_hospital",
}
# fmt: on


@pytest.fixture(scope="module")
async def shelf(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shelf]:
    async with open_shelf(postgres_server, tmp_path_factory.mktemp("shelf")) as opened:
        yield opened


async def test_the_table_classes_mirror_the_migrations(shelf: Shelf) -> None:
    async with shelf.home.database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_the_nine_tables_of_the_paper_are_there(shelf: Shelf) -> None:
    names = {row["tablename"] for row in await shelf.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'rcdm'")}
    nine = (
        "occurrence",
        "image",
        "protocol",
        "condition",
        "person_position",
        "modality",
        "units",
        "device",
        "hospital",
    )
    assert {f"radiology_{name}" for name in nine} <= names


async def test_units_and_positions_are_known_before_any_image(shelf: Shelf) -> None:
    units = await shelf.rows("SELECT text, unit_concept_id FROM rcdm.radiology_units")
    assert {row["text"]: row["unit_concept_id"] for row in units} == {"NONE": 0, "kVp": 0, "T": 9646, "msec": 9593}
    positions = await shelf.rows("SELECT text FROM rcdm.radiology_person_position")
    assert {row["text"] for row in positions} == POSITIONS


async def test_an_approved_diagnosis_has_a_concept(shelf: Shelf) -> None:
    with pytest.raises(Exception, match="approved_has_concept"):
        await shelf.home.database.pool.execute(
            "INSERT INTO rcdm.radiology_condition (source_text, source_code, source_vocabulary_id, source_digest,"
            " mapping_status) VALUES ('a', '', '', '', 'APPROVED')"
        )


async def test_free_text_search_has_its_index(shelf: Shelf) -> None:
    assert await shelf.value("SELECT count(*) FROM pg_indexes WHERE indexname = 'radiology_occurrence_search'") == 1


def _differences(connection: Connection) -> list[Any]:
    """Without what a class need not know: indexes for speed, and keys to OMOP tables that have no class."""
    known = {name: table for name, table in SQLModel.metadata.tables.items() if table.schema in ("cdm", "rcdm")}

    def is_compared(thing: Any, _: str | None, kind: str, __: bool, ___: Any) -> bool:
        if kind == "foreign_key_constraint":
            return bool(thing.parent.schema == "rcdm")
        return thing.fullname in known if kind == "table" else kind != "index"

    def is_ours(name: str | None, kind: str, _: Any) -> bool:
        return kind != "schema" or name in ("cdm", "rcdm")

    options = {"include_schemas": True, "include_object": is_compared, "include_name": is_ours}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata))

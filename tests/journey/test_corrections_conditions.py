"""A diagnosis a person corrected becomes conditions as any other does: once it is approved, and as long as it holds."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.catalog.vocabulary.load import load_vocabulary
from tests.journey.catalog_shelf import Shelf, extracted, open_shelf
from tests.makers import ct_bytes
from tests.vocabulary.made_up import concept_id, made_up_vocabulary


@pytest.fixture(scope="module")
async def shelf(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shelf]:
    async with open_shelf(postgres_server, tmp_path_factory.mktemp("shelf")) as opened:
        await load_vocabulary(opened.home.database, made_up_vocabulary(tmp_path_factory.mktemp("vocabulary")))
        yield opened


async def occurring(shelf: Shelf) -> list[int]:
    rows = await shelf.rows("SELECT condition_concept_id FROM cdm.condition_occurrence ORDER BY 1")
    return [row["condition_concept_id"] for row in rows]


async def post(shelf: Shelf, path: str, **said: Any) -> Any:
    answer = await shelf.http.post(f"/api/v1{path}", json=said)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_corrected_diagnosis_is_mapped_approved_and_taken_back(shelf: Shelf) -> None:
    await shelf.take(extracted(ct_bytes(), diagnosis="폐렴")[0])
    await post(shelf, "/diagnoses/approve-exact")
    assert await occurring(shelf) == [concept_id("M8")]
    made = await post(
        shelf, "/corrections", target="occurrence", filter={"condition": "폐렴"}, dry_run=False,
        set={"condition": {"text": "bleeding", "code": "I85.0", "vocabulary": "KCD7"}}, reason="the wrong patient's",
    )  # fmt: skip
    assert await occurring(shelf) == [], "nobody approved the new one yet"
    await post(shelf, "/diagnoses/approve-exact")
    assert await occurring(shelf) == sorted([concept_id("M6"), concept_id("M14")])
    await post(shelf, f"/corrections/{made['correction_id']}/undo", reason="it was right")
    assert await occurring(shelf) == [concept_id("M8")]

"""A diagnosis from upload to an approved condition_occurrence, in Korean, by code, by exact name."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from services.catalog.vocabulary.load import load_vocabulary
from tests.journey.catalog_shelf import Shelf, extracted
from tests.makers import ct_bytes
from tests.vocabulary.made_up import concept_id, made_up_vocabulary

pytestmark = pytest.mark.usefixtures("vocabulary")


async def take(shelf: Shelf, study: str, text: str = "", code: str = "", vocabulary: str = "") -> None:
    message = extracted(ct_bytes(StudyInstanceUID=study, StudyDate="20240103"))[0]
    message.diagnosis.text, message.diagnosis.code, message.diagnosis.vocabulary = text, code, vocabulary
    await shelf.take(message)


async def diagnosis(shelf: Shelf) -> dict[str, Any]:
    (item,) = (await shelf.get("/diagnoses"))["items"]
    found: dict[str, Any] = item
    return found


async def put(shelf: Shelf, **said: Any) -> httpx.Response:
    """To the only diagnosis there is."""
    item = await diagnosis(shelf)
    return await shelf.http.put(f"/api/v1/diagnoses/{item['radiology_condition_id']}/mapping", json=said)


async def occurring(shelf: Shelf) -> list[int]:
    rows = await shelf.rows("SELECT condition_concept_id FROM cdm.condition_occurrence ORDER BY 1")
    return [row["condition_concept_id"] for row in rows]


async def test_a_korean_name_is_mapped_and_waits_for_a_person(shelf: Shelf) -> None:
    await take(shelf, "1.2.1", "간세포암종")
    item = await diagnosis(shelf)
    assert (item["mapping_status"], item["mapping_method"]) == ("AUTO_MAPPED", "NAME")
    assert [one["concept_id"] for one in item["targets"]] == [concept_id("M5")]
    assert await occurring(shelf) == []
    approved = (await put(shelf, concept_id=concept_id("M5"), equivalence="EQUAL", status="APPROVED")).json()
    assert (approved["mapping_status"], approved["mapping_revision"]) == ("APPROVED", item["mapping_revision"] + 1)
    assert await occurring(shelf) == [concept_id("M5")]
    assert await shelf.value("SELECT condition_occurrence_id FROM rcdm.radiology_occurrence") is not None


async def test_a_code_may_mean_several_conditions(shelf: Shelf) -> None:
    """KCD7 I85.0, written without its dot, is two."""
    await take(shelf, "1.2.1", "bleeding", "i850", "KCD-7")
    wanted = sorted([concept_id("M6"), concept_id("M14")])
    item = await diagnosis(shelf)
    assert [one["concept_id"] for one in item["targets"]] == wanted
    answer = await shelf.http.post("/api/v1/diagnoses/approve-exact")
    assert answer.json() == {"approved": 1}
    assert await occurring(shelf) == wanted


async def test_studies_that_come_later_have_it_too_and_none_twice(shelf: Shelf) -> None:
    await take(shelf, "1.2.1", "폐렴")
    await shelf.http.post("/api/v1/diagnoses/approve-exact")
    await take(shelf, "1.2.2", "폐렴")
    await take(shelf, "1.2.2", "폐렴")
    assert await occurring(shelf) == [concept_id("M8")] * 2
    assert (await diagnosis(shelf))["occurrences"] == 2


async def test_what_is_taken_back_leaves_nothing(shelf: Shelf) -> None:
    await take(shelf, "1.2.1", "폐렴")
    item = await diagnosis(shelf)
    await put(shelf, concept_id=concept_id("M9"), equivalence="NARROWER", status="APPROVED")
    address = f"/api/v1/diagnoses/{item['radiology_condition_id']}"
    undone = (await shelf.http.post(f"{address}/undo")).json()
    assert (undone["mapping_status"], await occurring(shelf)) == ("AUTO_MAPPED", [])
    assert await shelf.value("SELECT condition_occurrence_id FROM rcdm.radiology_occurrence") is None
    history = (await shelf.http.get(f"{address}/history")).json()
    assert [one["after"]["status"] for one in history] == ["AUTO_MAPPED", "APPROVED", "AUTO_MAPPED"]


async def test_of_two_people_the_second_is_told(shelf: Shelf) -> None:
    await take(shelf, "1.2.1", "폐렴")
    said = {"concept_id": concept_id("M8"), "revision": (await diagnosis(shelf))["mapping_revision"]}
    first = await put(shelf, **said, equivalence="EQUAL", status="APPROVED")
    second = await put(shelf, **said, status="FLAGGED")
    assert (first.status_code, second.status_code) == (200, 409)
    assert "meanwhile" in second.json()["detail"]


@pytest.mark.parametrize("code", ["OLD", "OBS", "R91"])
async def test_what_is_no_condition_cannot_be_approved(shelf: Shelf, code: str) -> None:
    await take(shelf, "1.2.1", "shadow")
    answer = await put(shelf, concept_id=concept_id(code), equivalence="EQUAL", status="APPROVED")
    assert answer.status_code == 400
    assert "no valid standard condition" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("text", "code", "vocabulary"),
    [
        ("shadow", "R91", "ICD10"),
        ("", "Z12.2", "ICD10"),
        ("general", "Z00.0", "ICD10"),
        ("x", "nothing", ""),
        ("무명", "", ""),
    ],
)
async def test_what_maps_to_nothing_stays_as_it_is(shelf: Shelf, text: str, code: str, vocabulary: str) -> None:
    """A code whose target is deprecated, is no condition, or is not there."""
    await take(shelf, "1.2.1", text, code, vocabulary)
    assert (await diagnosis(shelf))["mapping_status"] == "UNMAPPED"


async def test_a_broader_code_is_only_a_hint(shelf: Shelf) -> None:
    await take(shelf, "1.2.1", "", "J18.90", "ICD10")
    item = await diagnosis(shelf)
    assert (item["mapping_method"], item["equivalence"]) == ("BROADER_CODE", "WIDER")
    assert (await shelf.http.post("/api/v1/diagnoses/approve-exact")).json() == {"approved": 0}


async def test_a_vocabulary_that_comes_later_maps_what_waits(shelf: Shelf, tmp_path: Path) -> None:
    await take(shelf, "1.2.1", "폐렴")
    await shelf.home.database.pool.execute(
        "UPDATE rcdm.radiology_condition SET mapping_status = 'UNMAPPED', condition_concept_id = 0;"
        " DELETE FROM rcdm.radiology_condition_target"
    )
    await load_vocabulary(shelf.home.database, made_up_vocabulary(tmp_path))
    assert (await diagnosis(shelf))["mapping_status"] == "AUTO_MAPPED"


async def test_an_ancestor_finds_what_lies_below_it_once_it_is_approved(shelf: Shelf) -> None:
    """The Korean text and the code of several concepts are both diseases of the liver."""
    await take(shelf, "1.2.1", "간암")
    await take(shelf, "1.2.2", "", "I85.0", "KCD7")
    await take(shelf, "1.2.3", "폐렴")
    found = await shelf.get("/occurrences", condition_concept_id=concept_id("M2"))
    assert found["total"] == 0
    await shelf.http.post("/api/v1/diagnoses/approve-exact")
    for code, studies in (
        ("M2", ["1.2.1", "1.2.2"]),
        ("M5", ["1.2.1"]),
        ("M1", ["1.2.1", "1.2.2", "1.2.3"]),
        ("M12", []),
    ):
        found = await shelf.get("/occurrences", condition_concept_id=concept_id(code), sort="id")
        assert [item["study_instance_uid"] for item in found["items"]] == studies
    both = await shelf.get("/occurrences", condition_concept_id=[concept_id("M5"), concept_id("M3")], sort="id")
    assert [item["study_instance_uid"] for item in both["items"]] == ["1.2.1", "1.2.3"]


async def test_the_desk_shows_the_most_frequent_first_page_by_page(shelf: Shelf) -> None:
    for number, text in enumerate(("폐렴", "무명", "무명", "간암", "간암", "간암")):
        await take(shelf, f"1.2.{number}", text)
    first = await shelf.get("/diagnoses", limit=2)
    rest = await shelf.get("/diagnoses", limit=2, cursor=first["next"])
    assert [(item["source_text"], item["occurrences"]) for item in (*first["items"], *rest["items"])] == [
        ("간암", 3), ("무명", 2), ("폐렴", 1),
    ]  # fmt: skip
    assert (first["total"], rest["next"]) == (3, None)
    waiting = (await shelf.http.get("/api/v1/diagnoses?status=UNMAPPED")).json()
    assert [item["source_text"] for item in waiting["items"]] == ["무명"]


@pytest.mark.parametrize("said", [{"status": "APPROVED"}, {"status": "UNMAPPED", "concept_id": 5}, {"status": "SURE"}])
async def test_what_contradicts_itself_is_told(shelf: Shelf, said: dict[str, Any]) -> None:
    await take(shelf, "1.2.1", "폐렴")
    assert (await put(shelf, **said)).status_code == 400

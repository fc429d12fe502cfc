"""What a misspelt diagnosis may mean, and concepts as they are looked up."""

from typing import Any

import pytest

from tests.journey.catalog_shelf import Shelf
from tests.journey.test_diagnoses import diagnosis, occurring, put, take
from tests.vocabulary.made_up import concept_id

pytestmark = pytest.mark.usefixtures("vocabulary")


async def suggestions(shelf: Shelf, text: str, code: str = "", vocabulary: str = "") -> list[dict[str, Any]]:
    await take(shelf, "1.2.1", text, code, vocabulary)
    item = await diagnosis(shelf)
    found: list[dict[str, Any]] = (await shelf.get(f"/diagnoses/{item['radiology_condition_id']}/suggestions"))["items"]
    return found


def concepts(items: list[dict[str, Any]]) -> list[list[int]]:
    return [[target["concept_id"] for target in item["targets"]] for item in items]


async def test_a_misspelt_diagnosis_is_suggested_chosen_and_approved(shelf: Shelf) -> None:
    """From what was written to the condition_occurrence, found again by an ancestor."""
    first = (await suggestions(shelf, "hepatocelular carcinona"))[0]
    assert (await diagnosis(shelf))["mapping_status"] == "UNMAPPED"
    assert (first["method"], first["matched_term"]) == ("SIMILAR_NAME", "Hepatocellular carcinoma")
    assert first["targets"] == [{"concept_id": concept_id("M5"), "concept_name": "Liver cell carcinoma"}]
    assert 0.5 < first["score"] < 1
    await put(shelf, concept_id=concept_id("M5"), equivalence=first["equivalence"], status="APPROVED")
    assert await occurring(shelf) == [concept_id("M5")]
    totals = [(await shelf.get("/occurrences", condition_concept_id=concept_id(one)))["total"] for one in ("M2", "M3")]
    assert totals == [1, 0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("of liver, cirrhosis", "M6"),
        ("Pnuemonia", "M8"),
        ("EMBOLISM PULMONARY", "M10"),
        ("간경변증(의심)", "M6"),
        ("폐 색전증", "M10"),
        ("nodule of lung so called coin lesions", "M12"),
    ],
)
async def test_what_is_nearly_a_name_suggests_its_concept_first(shelf: Shelf, text: str, code: str) -> None:
    assert concepts(await suggestions(shelf, text))[0] == [concept_id(code)]


async def test_what_a_code_says_comes_first_with_all_it_maps_to(shelf: Shelf) -> None:
    first, *rest = await suggestions(shelf, "cirrhosis of liver", "I85.0", "KCD7")
    assert (first["method"], first["score"]) == ("CODE", 1.0)
    assert first["matched_concept_code"] == "I85.0"
    assert sorted(concepts([first])[0]) == sorted([concept_id("M6"), concept_id("M14")])
    assert concepts(rest)[0] == [concept_id("M6")]


@pytest.mark.parametrize("text", ["qqqq", "%", "'; DROP TABLE cdm.concept; --", "\u0001", "가" * 900, "liver " * 160])
async def test_any_text_has_an_answer(shelf: Shelf, text: str) -> None:
    for item in await suggestions(shelf, text):
        assert 0 < item["score"] <= 1


async def find(shelf: Shelf, **query: Any) -> list[int]:
    return [item["concept_id"] for item in (await shelf.get("/concepts", **query))["items"]]


@pytest.mark.parametrize("words", ["J18.9", "j18.9", str(concept_id("J18.9")), "pneumonia,  Unspecified"])
async def test_a_concept_is_found_by_id_code_and_name(shelf: Shelf, words: str) -> None:
    assert (await find(shelf, q=words))[0] == concept_id("J18.9")


async def test_conditions_are_found_by_names_that_are_alike_and_by_domain(shelf: Shelf) -> None:
    assert (await find(shelf, q="hepatocelular"))[0] == concept_id("M5")
    assert await find(shelf, q="bleeding", domain="Meas Value") == [concept_id("VAL")]


async def test_a_concept_tells_what_lies_around_it(shelf: Shelf) -> None:
    found = await shelf.get(f"/concepts/{concept_id('M4')}")
    assert [one["concept_id"] for one in found["parents"]] == [concept_id("M2")]
    assert ([one["concept_id"] for one in found["descendants"]], found["descendants_total"]) == ([concept_id("M5")], 1)
    assert found["names"] == ["간의 악성 신생물"]
    missing = await shelf.http.get("/api/v1/concepts/1")
    assert missing.status_code == 404

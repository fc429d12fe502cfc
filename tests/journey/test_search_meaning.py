"""Free text and facets know what an approved diagnosis means, in English and Korean."""

import unicodedata
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.catalog.vocabulary.load import load_vocabulary
from tests.journey.catalog_shelf import Shelf, extracted, open_shelf
from tests.makers import ct_bytes
from tests.vocabulary.made_up import concept_id, made_up_vocabulary


@pytest.fixture(scope="module")
async def shelf(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shelf]:
    """A liver cell carcinoma in Korean, by a code of two conditions, a pneumonia, and one that nobody approved."""
    said = {"1.2.1": ("간세포암종", ""), "1.2.2": ("bleeding", "I85.0"), "1.2.3": ("폐렴", ""), "1.2.4": ("지방간", "")}
    async with open_shelf(postgres_server, tmp_path_factory.mktemp("shelf")) as opened:
        await load_vocabulary(opened.home.database, made_up_vocabulary(tmp_path_factory.mktemp("vocabulary")))
        for study, (text, code) in said.items():
            if study == "1.2.4":
                await opened.http.post("/api/v1/diagnoses/approve-exact")
            message = extracted(ct_bytes(StudyInstanceUID=study))[0]
            message.diagnosis.text, message.diagnosis.code = text, code
            message.diagnosis.vocabulary = "KCD7" if code else ""
            await opened.take(message)
        yield opened


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("간세포암종", ["1.2.1"]),  # as it was written
        ("HEPATOcellular", ["1.2.1"]),
        ("liver carcinoma", ["1.2.1"]),
        ("간암", ["1.2.1"]),
        (unicodedata.normalize("NFD", "간암"), ["1.2.1"]),
        ("정맥류", ["1.2.2"]),
        ("cirrhosis varices", ["1.2.2"]),
        ("폐염 seoul", ["1.2.3"]),
        ("fatty", []),  # only approved
        ("지방간", ["1.2.4"]),
        ("lung_inflammation", []),
        ("lung%inflammation", []),
        ("lung\\", []),
    ],
)
async def test_free_text_finds_what_a_diagnosis_means(shelf: Shelf, q: str, found: list[str]) -> None:
    """D4"""
    page = await shelf.get("/occurrences", q=q, sort="id")
    assert [item["study_instance_uid"] for item in page["items"]] == found


async def test_concepts_are_counted_as_the_filter_finds_them(shelf: Shelf) -> None:
    facets = await shelf.get("/occurrences/facets")
    counted = {value["value"]: (value["count"], value["name"]) for value in facets["condition_concept_id"]}
    assert counted == {
        str(concept_id("M5")): (1, "Liver cell carcinoma"),
        str(concept_id("M6")): (1, "Cirrhosis of liver"),
        str(concept_id("M8")): (1, "Pneumonia"),
        str(concept_id("M14")): (1, "Bleeding of oesophageal varices"),
    }
    narrowed: dict[str, Any] = await shelf.get("/occurrences/facets", condition="간세포암종")
    assert [value["name"] for value in narrowed["condition_concept_id"]] == ["Liver cell carcinoma"]


async def test_a_concept_above_another_is_counted_with_it(shelf: Shelf) -> None:
    """The last to run: it changes what a diagnosis means."""
    waiting = (await shelf.http.get("/api/v1/diagnoses?status=AUTO_MAPPED")).json()["items"][0]
    address = f"/api/v1/diagnoses/{waiting['radiology_condition_id']}/mapping"
    said = {"concept_id": concept_id("M2"), "status": "APPROVED", "equivalence": "WIDER"}
    assert (await shelf.http.put(address, json=said)).status_code == 200
    facets = await shelf.get("/occurrences/facets")
    assert facets["condition_concept_id"][0] == {
        "value": str(concept_id("M2")), "count": 3, "name": "Disease of liver"
    }  # fmt: skip
    for one in facets["condition_concept_id"]:
        assert (await shelf.get("/occurrences", condition_concept_id=one["value"]))["total"] == one["count"]

"""The mapping desk: one diagnosis or many at once, by hand or by keyboard, and back again."""

import re
from collections.abc import Mapping

import pytest
from playwright.sync_api import Page, expect
from pydicom.uid import generate_uid

from tests.makers import ct_bytes
from tests.system import System, rcdm
from tests.vocabulary.made_up import concept_id
from tests.web.conftest import Sight

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
# As written, and in how many studies: the machine knows the last two by their names.
_WRITTEN: Mapping[str, int] = {"Liver ca. susp.": 3, "liver cancer??": 2, "r/o hepatoma": 1, "Bacterial pneumonia": 1,
                               "PE": 1}  # fmt: skip


@pytest.fixture(scope="module")
def diagnosed(system: System, tmp_path_factory: pytest.TempPathFactory) -> System:
    for text, studies in _WRITTEN.items():
        folder = tmp_path_factory.mktemp("diagnosed")
        for number in range(studies):
            own = {"StudyInstanceUID": generate_uid(), "SeriesInstanceUID": generate_uid()}
            (folder / f"{number}.dcm").write_bytes(ct_bytes(**own))
        rcdm(system, "upload", str(folder), "--diagnosis", text, "--wait")
    return system


def _queue(page: Page) -> list[str]:
    items = page.get_by_role("region", name="Diagnoses, the most frequent first").get_by_role("listitem")
    return [text.splitlines()[0] for text in items.all_inner_texts()]


def _said(system: System) -> Mapping[str, tuple[str, list[int]]]:
    with system.client() as http:
        items = http.get("/api/v1/diagnoses").json()["items"]
    return {one["source_text"]: (one["mapping_status"], [to["concept_id"] for to in one["targets"]]) for one in items}


def test_several_names_of_one_disease_are_mapped_together_and_taken_back(sight: Sight, diagnosed: System) -> None:
    page = sight.open("/diagnoses")
    names = [*_WRITTEN][:3]
    expect(page.get_by_role("heading", level=2)).to_have_text(names[0])
    assert _queue(page) == names
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("heading", level=2)).to_have_text("2 diagnoses, decided together")
    page.get_by_label("Search for a concept").fill("HCC")
    page.get_by_role("listitem").filter(has_text=re.compile("^Liver cell carcinoma")).get_by_role("button").click()
    outcome = page.get_by_role("status", name="Decided last")
    expect(outcome).to_contain_text(f"{names[0]} and others, 2 in all")
    expect(page.get_by_role("heading", level=2)).to_have_text(names[2])
    liver = ("APPROVED", [concept_id("M5")])
    assert [_said(diagnosed)[name] for name in names] == [liver, liver, ("UNMAPPED", [])]
    page.keyboard.press("n")
    expect(outcome).to_contain_text(names[2])
    expect(page.get_by_role("listitem").filter(has_text=names[2])).to_contain_text("There is no match")
    page.keyboard.press("u")
    expect(outcome).to_contain_text("2 in all")
    page.keyboard.press("u")
    expect(page.get_by_role("region", name="Diagnoses, the most frequent first")).to_contain_text(names[0])
    expect(outcome).to_be_empty()
    assert _queue(page) == names
    assert [_said(diagnosed)[name] for name in names] == [("UNMAPPED", [])] * 3


def test_what_the_machine_mapped_is_approved_as_it_is(sight: Sight, diagnosed: System) -> None:
    page = sight.open("/diagnoses?status=AUTO_MAPPED")
    page.get_by_label("Mark all 2 shown").check()
    page.get_by_role("button", name="Approve each of 2 as it is mapped").click()
    expect(page.get_by_text("Nothing waits here.")).to_be_visible()
    assert _said(diagnosed)["Bacterial pneumonia"] == ("APPROVED", [concept_id("M9")])
    page.get_by_text("approved", exact=True).click()
    page.get_by_role("button", name=re.compile("^PE ")).click()
    expect(page.get_by_test_id("mapped")).to_contain_text("Pulmonary embolism")
    page.get_by_role("button", name="Flag for later").click()
    expect(page.get_by_role("status", name="Decided last")).to_contain_text("PE")
    assert _said(diagnosed)["PE"] == ("FLAGGED", [concept_id("M10")])
    page.get_by_text("flagged", exact=True).click()
    page.get_by_role("button", name="Take its last change back").click()
    expect(page.get_by_text("Nothing waits here.")).to_be_visible()
    assert _said(diagnosed)["PE"] == ("APPROVED", [concept_id("M10")])


def test_who_was_slower_is_told_and_loses_nothing(sight: Sight, diagnosed: System) -> None:
    page = sight.open("/diagnoses")
    for name in (names := [*_WRITTEN][:2]):
        page.get_by_label(f"Mark {name}").check()
    with diagnosed.client() as http:
        (item,) = [one for one in http.get("/api/v1/diagnoses").json()["items"] if one["source_text"] == names[0]]
        said = {"concept_id": [concept_id("M7")], "equivalence": "EQUAL", "status": "APPROVED"}
        http.put(f"/api/v1/diagnoses/{item['radiology_condition_id']}/mapping", json=said).raise_for_status()
    page.get_by_label("Search for a concept").fill("HCC")
    page.get_by_role("listitem").filter(has_text=re.compile("^Liver cell carcinoma")).get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text(f"{names[0]}: ")
    expect(page.get_by_role("alert")).to_contain_text("mapped this diagnosis meanwhile")
    assert [_said(diagnosed)[name][1] for name in names] == [[concept_id("M7")], [concept_id("M5")]]


def test_exact_matches_are_approved_all_at_once(sight: Sight, diagnosed: System) -> None:
    with diagnosed.client() as http:
        items = http.get("/api/v1/diagnoses").json()["items"]
        (one,) = [item["radiology_condition_id"] for item in items if item["source_text"] == "Bacterial pneumonia"]
        http.post(f"/api/v1/diagnoses/{one}/undo").raise_for_status()
    page = sight.open("/diagnoses?status=AUTO_MAPPED")
    expect(page.get_by_role("heading", level=2)).to_have_text("Bacterial pneumonia")
    page.get_by_role("button", name="Approve all exact matches").click()
    expect(page.get_by_text("1 approved.")).to_be_visible()
    expect(page.get_by_text("Nothing waits here.")).to_be_visible()
    assert _said(diagnosed)["Bacterial pneumonia"][0] == "APPROVED"

"""What stewards and administrators do in the client: correct, withdraw, make and revoke keys."""

import re

import pytest
from playwright.sync_api import expect

from tests.journey.callers import client_with
from tests.system import System, rcdm
from tests.web.conftest import Sight
from tests.web.studies import SLICES, write_studies

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def filled(system: System, tmp_path_factory: pytest.TempPathFactory) -> System:
    folder = tmp_path_factory.mktemp("stewards")
    write_studies(folder)
    rcdm(system, "upload", str(folder), "--hospital", "STEWARD", expect=3)
    rcdm(system, "dataset", "create", "wrong", "hospital=STEWARD", "--mode", "phase")
    return system


def test_a_phase_is_set_right_for_a_series(sight: Sight, filled: System) -> None:
    page = sight.open("/?hospital=STEWARD&body_part=LIVER")
    page.get_by_role("row").nth(1).get_by_role("link").click()
    page.get_by_text("Liver delayed phase").first.click()
    expect(page.get_by_text(f"A regular volume: {SLICES} slices, 5.00 mm apart.")).to_be_visible()
    page.get_by_role("heading", name="Correct this series").click()
    form = page.get_by_role("form", name="Correct this series")
    form.get_by_role("combobox", name="Phase").click()
    page.get_by_role("option", name="HEPATOBILIARY").click()
    form.get_by_label("Why").fill("gadoxetate was given")
    form.get_by_role("button", name="Correct").click()
    expect(page.get_by_text(f"Corrected: {SLICES} images.")).to_be_visible()
    strip = page.get_by_role("list", name="Series")
    expect(strip).to_contain_text("HEPATOBILIARY")
    corrected = page.get_by_role("list", name="What was corrected")
    expect(corrected).to_contain_text(f"Phase: DELAYED ({SLICES}) → HEPATOBILIARY")
    expect(corrected).to_contain_text("gadoxetate was given")
    corrected.get_by_role("button", name="Take back").click()
    corrected.get_by_label("Why is it taken back?").fill("it was iodine after all")
    corrected.get_by_role("button", name="Take back").click()
    expect(corrected).to_contain_text("it was iodine after all")
    expect(strip).not_to_contain_text("HEPATOBILIARY")


def test_protocol_and_diagnosis_of_a_study_are_set_right(sight: Sight, filled: System) -> None:
    page = sight.open("/?hospital=STEWARD&body_part=LIVER")
    page.get_by_role("row").nth(1).get_by_role("link").click()
    page.get_by_role("heading", name="Correct the whole study").click()
    form = page.get_by_role("form", name="Correct the whole study")
    form.get_by_label("Protocol").fill("LIVER 3 PHASE <b>")
    form.get_by_label("Diagnosis").fill("간암")
    form.get_by_label("Why").fill("short")
    expect(form.get_by_role("button", name="Correct")).to_be_disabled()
    form.get_by_label("Why").fill("the request said so")
    form.get_by_role("button", name="Correct").click()
    expect(form.get_by_text("Corrected.")).to_be_visible()
    expect(page.get_by_role("complementary")).to_contain_text("LIVER 3 PHASE <b>")
    expect(page.get_by_role("list", name="What was corrected")).to_contain_text("→ 간암")
    with filled.client() as http:
        found = http.get("/api/v1/occurrences", params={"hospital": "STEWARD", "condition": "간암"}).json()["items"]
    assert [one["protocol"] for one in found] == ["LIVER 3 PHASE <b>"]


def test_a_version_is_withdrawn_with_its_reason(sight: Sight, filled: System) -> None:
    page = sight.open("/datasets/wrong")
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    page.get_by_label("Withdraw this version: Why").fill("Two scans were mixed up.")
    page.get_by_role("button", name="Withdraw this version").click()
    expect(page.get_by_text("Withdrawn: Two scans were mixed up.")).to_be_visible()
    expect(page.get_by_role("link", name="Download")).to_have_count(0)


def test_a_key_is_made_used_and_revoked(sight: Sight, filled: System) -> None:
    page = sight.open("/operations")
    form = page.locator("form", has_text="New key")
    form.get_by_label("Name").fill("reading room")
    form.get_by_label("Hospitals").fill("STEWARD\n")
    form.get_by_role("button", name="Make").click()
    key = form.get_by_role("status").locator("code").inner_text()
    with client_with(filled, key) as http:
        assert http.get("/api/v1/session").json()["hospitals"] == ["STEWARD"]
    row = page.get_by_role("row", name="reading room")
    row.get_by_role("button", name="Revoke").click()
    expect(row).to_contain_text("revoked")


def test_a_system_without_keys_says_so(sight: Sight, filled: System) -> None:
    sight.page.route("**/api/v1/keys?*", lambda route: route.fulfill(json={"items": [], "next": None, "total": 0}))
    keys = sight.open("/operations").get_by_role("region", name="Keys")
    expect(keys).to_contain_text("No key was made yet.")
    expect(keys.get_by_role("table")).to_have_count(0)


def test_an_audit_is_started_and_says_what_it_found(sight: Sight, filled: System) -> None:
    page = sight.open("/operations")
    page.get_by_role("button", name="Start one").click()
    expect(page.get_by_text("Nothing is lost, orphaned or altered.")).to_be_visible(timeout=60_000)


def test_an_operator_sees_what_went_through_and_what_was_refused(sight: Sight, filled: System) -> None:
    page = sight.open("/operations")
    expect(page.get_by_test_id("through")).to_contain_text(f"received {3 * SLICES + 1}")
    expect(page.get_by_test_id("waiting")).to_contain_text("0 wait to be extracted")
    page.get_by_role("combobox", name=re.compile("Look at the refused files")).click()
    page.get_by_role("option", name="not_dicom").click()
    row = page.get_by_role("row").filter(has_text="STEWARD")
    expect(row).to_contain_text("DICM does not stand at byte 128")
    page.get_by_role("combobox", name="Who").fill("nobody")
    expect(page.get_by_role("row").filter(has_text="key.created")).to_have_count(0)


def test_a_search_is_saved_opened_and_deleted(sight: Sight, filled: System) -> None:
    page = sight.open("/?body_part=LIVER")
    saved = page.get_by_role("button", name="Saved searches")
    saved.click()
    page.get_by_label("Name").fill("livers of ours")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="livers of ours", exact=True).wait_for()
    page = sight.open("/")
    saved.click()
    page.get_by_role("button", name="livers of ours", exact=True).click()
    expect(page).to_have_url(re.compile("body_part=LIVER"))
    page.get_by_role("button", name="Delete livers of ours").click()
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("button", name="Delete livers of ours").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    with filled.client() as http:
        assert http.get("/api/v1/cohorts/livers of ours").status_code == 404


def test_how_images_were_made_is_searched_for_saved_and_found_again(sight: Sight, filled: System) -> None:
    page = sight.open("/?hospital=STEWARD")
    page.get_by_text("Acquisition").click()
    page.get_by_label("Slice thickness, mm to").fill("4.5")
    expect(page).to_have_url(re.compile("slice_thickness_max=4.5"))
    expect(page.get_by_role("heading", level=1)).to_have_text("0 studies")
    with filled.client() as http:
        thin = {"hospital": ["STEWARD"], "slice_thickness_max": 5.5}
        http.post("/api/v1/cohorts", json={"name": "thin", "filter": thin}).raise_for_status()
    page = sight.open("/")
    page.get_by_role("button", name="Saved searches").click()
    page.get_by_role("button", name="thin", exact=True).click()
    expect(page).to_have_url(re.compile("slice_thickness_max=5.5"))
    expect(page.get_by_label("Slice thickness, mm to")).to_be_visible()


def test_another_version_of_a_saved_search_is_as_the_one_before(sight: Sight, filled: System) -> None:
    with filled.client() as http:
        ours = {"hospital": ["STEWARD"], "body_part": ["LIVER"], "age_min": 20}
        http.post("/api/v1/cohorts", json={"name": "livers of STEWARD", "filter": ours}).raise_for_status()
    page = sight.open("/datasets/new")
    expect(page.get_by_text("All studies.")).to_be_visible()
    page.get_by_label("Name").fill("of-a-saved-search")
    page.get_by_role("combobox", name="Saved search").click()
    page.get_by_role("option", name="livers of STEWARD").click()
    expect(page).to_have_url(re.compile("body_part=LIVER&hospital=STEWARD&age_min=20$"))
    expect(page.get_by_role("combobox", name="Saved search")).to_have_value("livers of STEWARD")
    expect(page.get_by_text("1 study")).to_be_visible()
    page.get_by_label("Only regular volumes").check()
    for side, share in (("Train", 57), ("Validation", 29), ("Test", 14)):
        page.get_by_label(f"{side}, %").fill(str(share))
    page.get_by_label("hospital", exact=True).check()
    page.get_by_role("button", name="Freeze and build").click()
    expect(page.get_by_test_id("state")).to_have_text("ready", timeout=60_000)
    page.get_by_role("link", name="Make another version").click()
    expect(page.get_by_role("combobox", name="Saved search")).to_have_value("livers of STEWARD")
    expect(page.get_by_label("Only regular volumes")).to_be_checked()
    expect(page.get_by_label("Test, %")).to_have_value("14")
    expect(page.get_by_label("hospital", exact=True)).to_be_checked()
    page.get_by_label("Split by patient").uncheck()
    page.get_by_role("button", name="Freeze and build").click()
    expect(page.get_by_test_id("state")).to_have_text("ready", timeout=60_000)
    page.get_by_role("link", name="Make another version").click()
    expect(page.get_by_label("Split by patient")).not_to_be_checked()
    with filled.client() as http:
        path = "/api/v1/datasets/of-a-saved-search"
        versions = sorted(http.get(path).json()["items"], key=lambda one: one["number"])
        first, second = (http.get(f"{path}/versions/{one['version']}").json()["rule"] for one in versions)
    assert (first["split"], first["stratify"]) == ({"train": 0.57, "validation": 0.29, "test": 0.14}, ["hospital"])
    assert (second["split"], second["stratify"]) == (None, [])
    assert (first["regular_volumes"], first["filter"]) == (second["regular_volumes"], second["filter"])

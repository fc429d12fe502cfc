"""Uploads in the client that are not one smooth run: for another hospital, interrupted, stopped, gone on with."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect
from pydicom.uid import generate_uid

from tests.makers import ct_bytes
from tests.system import System
from tests.web.conftest import Sight, watched

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_COUNT = 60  # two batches


def _written(folder: Path, count: int) -> list[Path]:
    """The slices of one series."""
    folder.mkdir()
    own = {"StudyInstanceUID": generate_uid(), "SeriesInstanceUID": generate_uid()}
    paths = [folder / f"{number}.dcm" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(ct_bytes(InstanceNumber=number + 1, ImagePositionPatient=[0, 0, number], **own))
    return paths


def _choose(page: Page, files: Sequence[Path]) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(list(files))


def _lose_all_but_one(page: Page) -> None:
    """Of the batches of files, however often they are sent."""
    seen: list[Route] = []

    def handle(route: Route) -> None:
        seen.append(route)
        route.continue_() if len(seen) == 1 else route.abort()

    page.route("**/api/v1/uploads/*/files", handle)


def _begin(page: Page, files: Sequence[Path]) -> None:
    """One batch is sent, the other is tried again and again."""
    _lose_all_but_one(page)
    _choose(page, files)
    page.get_by_role("button", name=f"Upload {len(files)} files").click()
    expect(page.get_by_text(re.compile(rf"^(20|40) of {_COUNT} files sent$"))).to_be_visible()


def _interrupted(page: Page) -> Locator:
    return page.get_by_role("alert").filter(has_text="was interrupted")


def _expect_whole(page: Page, system: System) -> None:
    """All files in one upload, which is remembered no more."""
    page.get_by_text("All is in the catalogue.").wait_for()
    expect(page.get_by_test_id("stages")).to_contain_text(f"in the catalogue {_COUNT}")
    expect(_interrupted(page)).to_have_count(0)
    first = re.compile(rf"^Earlier uploads[^·]+·[^·]+· {_COUNT} files *nothing pending")
    expect(page.get_by_role("region", name="Earlier uploads")).to_contain_text(first, timeout=10_000)
    assert _kept(page) is None
    with system.client() as http:
        newest, *before = http.get("/api/v1/uploads").json()["items"]
    assert (newest["received"], newest["upload_id"]) == (_COUNT, page.url.partition("upload=")[2])
    assert [one for one in before if one["received"] in (20, 40)] == []


def _kept(page: Page) -> str | None:
    kept: str | None = page.evaluate("localStorage.getItem('rcdm.upload')")
    return kept


def test_an_upload_whose_page_was_closed_is_finished_by_another_page(sight: Sight, tmp_path: Path) -> None:
    files = _written(tmp_path / "Kim^Minsu", _COUNT)
    page = sight.open("/upload")
    page.get_by_label("Hospital", exact=True).fill("CLOSED")
    _begin(page, files)
    other = replace(sight, page=page.context.new_page()).open("/upload")
    other.get_by_role("region", name="Earlier uploads").get_by_text("CLOSED").wait_for()
    expect(_interrupted(other)).to_have_count(0)  # it is being sent
    assert json.loads(_kept(other) or "").keys() == {"uploadId", "total", "hospital", "at"}  # no name of a file
    page.close()
    other.reload()
    expect(_interrupted(other)).to_contain_text(f"An upload of {_COUNT} files or archives")
    expect(_interrupted(other)).to_contain_text(re.compile("(20|40) files have arrived in it"))
    expect(other.get_by_label("Diagnosis", exact=True)).to_be_disabled()  # it was said at the beginning
    other.get_by_role("link", name="Show it").click()
    expect(other.get_by_test_id("stages")).to_contain_text(re.compile("in the catalogue (20|40)"))
    expect(other.get_by_text("All is in the catalogue.")).to_have_count(0)
    _choose(other, files)
    other.get_by_role("button", name=f"Upload {_COUNT} files").click()
    _expect_whole(other, sight.system)


def test_an_upload_that_was_stopped_goes_on_with_the_files_chosen(sight: Sight, tmp_path: Path) -> None:
    page = sight.open("/upload")
    _begin(page, _written(tmp_path / "dicom", _COUNT))
    page.get_by_role("button", name="Stop").click()
    expect(_interrupted(page)).to_contain_text("To go on with the chosen files, press upload.")
    page.unroute_all()
    page.get_by_role("button", name=f"Upload {_COUNT} files").click()
    _expect_whole(page, sight.system)


def test_an_upload_that_failed_goes_on_too_and_what_fails_beside_it_is_stopped(sight: Sight, tmp_path: Path) -> None:
    page = sight.open("/upload")
    files = _written(tmp_path / "dicom", _COUNT)
    page.route("**/api/v1/uploads/*/files", lambda route: route.fulfill(status=413, json={"detail": "Too much."}))
    _choose(page, files)
    page.get_by_role("button", name=f"Upload {_COUNT} files").click()
    expect(page.get_by_text("Too much.")).to_be_visible()
    expect(_interrupted(page)).to_contain_text("0 files have arrived in it")
    page.unroute_all()
    page.get_by_role("button", name=f"Upload {_COUNT} files").click()
    _expect_whole(page, sight.system)


def test_what_is_forgotten_is_forgotten_and_nonsense_does_no_harm(sight: Sight, tmp_path: Path) -> None:
    page = sight.open("/upload")
    for nonsense in ("{", '{"uploadId": "../../session", "total": 3, "at": "2026-11-30"}'):
        page.evaluate("text => localStorage.setItem('rcdm.upload', text)", nonsense)
        page.reload()
        expect(page.get_by_role("region", name="Earlier uploads")).to_be_visible()
        expect(_interrupted(page)).to_have_count(0)
    files = _written(tmp_path / "dicom", _COUNT)
    _begin(page, files)
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Forget").click()
    expect(_interrupted(page)).to_have_count(0)
    begun = page.url
    page.unroute_all()
    page.get_by_role("button", name=f"Upload {_COUNT} files").click()
    page.get_by_text("All is in the catalogue.").wait_for()
    assert page.url != begun


def test_who_logs_out_leaves_no_upload_behind(browser: Browser, system: System, tmp_path: Path) -> None:
    seen = watched(browser, system)
    seen.log_in()
    page = seen.open("/upload")
    _begin(page, _written(tmp_path / "dicom", _COUNT))
    page.get_by_role("button", name="Stop").click()
    _interrupted(page).wait_for()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who are you?")
    assert _kept(page) is None
    page.context.close()
    assert seen.wrong == []


def test_an_upload_that_is_not_there_is_not_told_of(sight: Sight) -> None:
    page = sight.open("/upload")
    none = "0190163d-8694-739b-aea5-966c26f8ad91"
    kept = json.dumps({"uploadId": none, "total": 3, "at": "2026-11-30T00:00:00Z"})
    page.evaluate("text => localStorage.setItem('rcdm.upload', text)", kept)
    with page.expect_response(re.compile(none)) as answer:
        page.reload()
    assert answer.value.status == httpx.codes.NOT_FOUND
    expect(page.get_by_role("region", name="Earlier uploads")).to_be_visible()
    expect(_interrupted(page)).to_have_count(0)


def test_what_one_hospital_has_is_sent_for_another(sight: Sight, tmp_path: Path) -> None:
    files = _written(tmp_path / "dicom", 2)
    for hospital in ("", "OTHER"):  # the site's own first
        page = sight.open("/upload")
        _choose(page, files)
        page.get_by_label("Hospital", exact=True).fill(hospital)
        page.get_by_role("button", name="Upload 2 files").click()
        page.get_by_text("All is in the catalogue.").wait_for()
    with sight.system.client() as http:
        assert len(http.get("/api/v1/occurrences", params={"hospital": "OTHER"}).json()["items"]) == 1

"""Every page, for everybody: no serious finding of axe, in both languages, both colours, on a phone and on a desk."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from pydicom.uid import generate_uid

from tests.journey.callers import client_with, new_key
from tests.makers import ct_bytes
from tests.system import System, rcdm
from tests.web.conftest import Sight, watched
from tests.web.studies import HARM, write_studies

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

_ROOT = Path(__file__).parents[2]
_AXE = _ROOT / "web/node_modules/axe-core/axe.min.js"
_PAGES = ("/", "/?view=gallery", "/occurrences/1", "/upload", "/diagnoses", "/datasets", "/datasets/new?modality=CT",
          "/datasets/pages", "/operations", "/datasets/nowhere")  # fmt: skip
_LOOKS: dict[str, dict[str, Any]] = {
    "desk": {},
    "wall": {"viewport": {"width": 3840, "height": 2160}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "locale": "ko-KR", "color_scheme": "dark"},
}


@pytest.fixture(scope="module")
def filled(system: System, tmp_path_factory: pytest.TempPathFactory) -> System:
    """With studies and a data set."""
    folder = tmp_path_factory.mktemp("pages")
    write_studies(folder)
    rcdm(system, "upload", str(folder), expect=3)
    rcdm(system, "dataset", "create", "pages", "--split", "0.5/0.25/0.25")
    return system


@pytest.fixture(params=_LOOKS)
def look(request: pytest.FixtureRequest, browser: Browser, filled: System) -> Iterator[Sight]:
    seen = watched(browser, filled, **_LOOKS[request.param])
    seen.log_in()
    yield seen
    seen.page.context.close()
    assert seen.wrong == []


def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_screen(look: Sight) -> None:
    page, found = look.page, {}
    for path in _PAGES:
        page.goto(look.system.address + path)
        page.wait_for_load_state("networkidle") if "occurrences" not in path else page.wait_for_timeout(1500)
        page.evaluate(_AXE.read_text())
        report: Any = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        worst = [one for one in report["violations"] if one["impact"] in ("serious", "critical")]
        if worst:
            found[path] = [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in worst]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert found == {}, found


def test_korean_stays_korean(look: Sight) -> None:
    page = look.open("/")
    now = page.evaluate("document.documentElement.lang")
    page.get_by_role("button", name="English" if now == "ko" else "한국어").click()
    expect(page.get_by_role("navigation")).to_contain_text("Studies" if now == "ko" else "검사")
    page.reload()
    expect(page.get_by_role("navigation")).to_contain_text("Studies" if now == "ko" else "검사")


def test_what_has_no_picture_says_so_and_shows_its_tags(sight: Sight, filled: System, tmp_path: Path) -> None:
    own = {"StudyInstanceUID": generate_uid(), "SeriesInstanceUID": generate_uid(), "StudyDate": "19990101"}
    (tmp_path / "odd.dcm").write_bytes(ct_bytes(PhotometricInterpretation="HSV", **own))
    rcdm(sight.system, "upload", str(tmp_path))
    with filled.client() as http:
        study = http.get("/api/v1/occurrences", params={"date_to": "1999-12-31"}).json()["items"][0]
    page = sight.open(f"/occurrences/{study['radiology_occurrence_id']}")
    expect(page.get_by_text("No picture could be made of this series.")).to_be_visible()
    expect(page.get_by_label("Search tags")).to_be_visible()
    expect(page.get_by_role("status", name="Loading …")).to_have_count(0)


def test_who_is_offline_is_told_and_goes_on_afterwards(sight: Sight, filled: System) -> None:
    page = sight.open("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("studies")
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    page.get_by_label("LIVER").first.check()
    page.context.set_offline(False)
    expect(page.get_by_role("heading", level=1)).to_have_text("1 study")
    expect(page.get_by_text("You are offline.")).to_be_hidden()


def test_a_researcher_sees_no_name_and_no_page_of_others(browser: Browser, filled: System) -> None:
    with client_with(filled, filled.key) as http:
        key = new_key(http, "researcher")["key"]
        persons = [item["study_description"] for item in http.get("/api/v1/occurrences").json()["items"]]
    assert HARM in persons
    seen = watched(browser, filled)
    seen.log_in(key)
    places = seen.page.get_by_role("navigation").get_by_role("link").all_inner_texts()
    assert places == ["Studies", "Data sets", "API"]
    assert "Test^Case" not in seen.open("/").content()
    assert seen.wrong == []


def test_who_has_no_key_sees_one_page_and_is_told_what_is_wrong(browser: Browser, filled: System) -> None:
    seen = watched(browser, filled)
    seen.page.goto(f"{filled.address}/datasets")
    seen.page.get_by_label("Key", exact=True).fill("rcdm_nobody")
    seen.page.get_by_role("button", name="Log in").click()
    expect(seen.page.get_by_text("This key is unknown, expired or revoked.")).to_be_visible()
    seen.page.get_by_label("Key", exact=True).fill(filled.key)
    seen.page.get_by_role("button", name="Log in").click()
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Data sets")


def test_a_session_that_ended_asks_for_the_key_and_comes_back(browser: Browser, filled: System) -> None:
    seen = watched(browser, filled)
    seen.log_in()
    page = seen.open("/?body_part=LIVER")
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()
    page.get_by_label("CT", exact=True).click()
    page.get_by_label("Key", exact=True).fill(filled.key)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 study")
    expect(page).to_have_url(re.compile("body_part=LIVER&modality=CT|modality=CT&body_part=LIVER"))
    assert seen.wrong == []


def test_the_first_view_is_small(browser: Browser, filled: System) -> None:
    """Under 250 KB of script as it goes over the wire."""
    seen = watched(browser, filled)
    scripts: list[str] = []
    seen.page.on("response", lambda answer: scripts.append(answer.url) if answer.url.endswith(".js") else None)
    seen.log_in()
    seen.page.get_by_role("table").wait_for()
    with filled.client() as http:
        sizes = {url: int(http.get(url).headers["content-length"]) for url in set(scripts)}
    assert 0 < sum(sizes.values()) < 250_000, sizes


def test_what_is_hashed_is_kept_for_ever_and_the_page_is_asked_for_each_time(filled: System) -> None:
    with filled.client() as http:
        page = http.get("/datasets/any?x=1")
        assert page.headers["cache-control"] == "no-cache"
        asset = page.text.partition('src="')[2].partition('"')[0]
        packed = http.get(asset, headers={"Accept-Encoding": "gzip"})
        assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
        assert "immutable" in packed.headers["cache-control"]
        assert http.get(asset, headers={"Accept-Encoding": "identity"}).content == packed.content
        assert http.get("/assets/none.js").status_code == 404
        assert http.get("/assets/%2e%2e/index.html").status_code == 404
        assert "unsafe-inline" not in page.headers["content-security-policy"]

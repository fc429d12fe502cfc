"""F8: what a header, a file name, a diagnosis or a search is called is text on every page, whatever it looks like."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pydicom.uid import generate_uid

from tests.makers import ct_bytes
from tests.system import System, rcdm
from tests.web.conftest import Sight

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

_HARM = (
    '<script>alert("script")</script>',
    '"><img src=x onerror=alert("img")>',
    "javascript:alert('address')",
    "<svg onload=alert('svg')>",
    "{{7*7}} ${7*7} $t(nav.upload)",
    "\u202egnp.exe\u200b\u2066 right to left",
)
_PAGES = ("/", "/?view=gallery", "/occurrences/1", "/upload", "/diagnoses", "/datasets/new?modality=CT", "/operations")
_INJECTED = (
    "document.querySelectorAll('main script, main img[src=x], main svg[onload], [onerror], a[href^=javascript]').length"
)


@pytest.fixture(scope="module")
def harmful(system: System, tmp_path_factory: pytest.TempPathFactory) -> System:
    """A study for each text, with it in every place that a sender fills."""
    for place, text in enumerate(_HARM):
        folder = tmp_path_factory.mktemp("harm")
        body = ct_bytes(
            StudyInstanceUID=generate_uid(), SeriesInstanceUID=generate_uid(), SpecificCharacterSet="ISO_IR 192",
            PatientID=f"harm {place}", StudyDescription=text, SeriesDescription=text, ProtocolName=text,
            # Another's: texts that hold the patient's own name are not shown at all.
            PatientName=_HARM[place - 1], ManufacturerModelName=text, BodyPartExamined="HARM",
            StudyDate=f"2020010{place + 1}",
        )  # fmt: skip
        (folder / f"{text.replace('/', '')}.dcm").write_bytes(body)
        rcdm(system, "upload", str(folder), "--hospital", text, "--diagnosis", text)
    return system


@pytest.fixture
def page(sight: Sight, harmful: System) -> Iterator[Page]:
    """Dialogs and errors fail the test at its end (conftest)."""
    yield sight.open("/")
    assert sight.page.evaluate(_INJECTED) == 0


@pytest.mark.parametrize("path", _PAGES)
def test_nothing_of_it_runs_on_any_page(sight: Sight, page: Page, path: str) -> None:
    sight.page.goto(sight.system.address + path)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)  # an event handler would run when its picture failed
    assert page.evaluate(_INJECTED) == 0


@pytest.mark.parametrize("text", _HARM)
def test_it_is_shown_letter_for_letter(page: Page, text: str) -> None:
    expect(page.get_by_role("region", name="Table")).to_contain_text(text)
    page.get_by_role("row").filter(has_text=text).first.get_by_role("link").click()
    expect(page.get_by_role("list", name="Series")).to_contain_text(text)
    expect(page.get_by_role("definition").filter(has_text=text).first).to_be_visible()


def test_the_name_of_a_search_that_cannot_be_is_refused_with_a_sentence(page: Page) -> None:
    page.get_by_label("HARM").first.check()
    page.get_by_role("button", name="Saved searches").click()
    page.get_by_label("Name", exact=True).fill(_HARM[0])
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("A cohort's name has 1 to 64 letters")


def test_a_decision_about_it_says_it(sight: Sight, harmful: System) -> None:
    page = sight.open("/diagnoses")
    for _ in _HARM:
        said = page.get_by_role("list").first.locator("button[aria-current] p").first.inner_text()
        page.get_by_role("button", name="Flag for later").click()
        expect(page.get_by_role("status", name="Decided last")).to_contain_text(said)
    assert page.evaluate(_INJECTED) == 0


def test_the_policy_allows_only_our_own(harmful: System) -> None:
    with harmful.client() as http:
        headers = http.get("/").headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert headers["x-content-type-options"] == "nosniff"

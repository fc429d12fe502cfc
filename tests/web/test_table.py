"""The table of studies by the keyboard: from study to study, also to those that were not drawn yet."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pydicom.uid import generate_uid

from tests.makers import ct_bytes
from tests.system import System, rcdm
from tests.web.conftest import Sight

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_COUNT = 130  # more than a page


@pytest.fixture(scope="module")
def filled(system: System, tmp_path_factory: pytest.TempPathFactory) -> System:
    folder: Path = tmp_path_factory.mktemp("table")
    for number in range(_COUNT):
        own = {"StudyInstanceUID": generate_uid(), "SeriesInstanceUID": generate_uid()}
        (folder / f"{number}.dcm").write_bytes(ct_bytes(StudyDate=f"{2023 - number}0101", **own))
    rcdm(system, "upload", str(folder))
    return system


def _row(page: Page) -> int:
    """Of the study whose link has the focus, the first is 0."""
    found: int = page.evaluate("document.activeElement.closest('[role=row]').ariaRowIndex - 2")
    return found


def _is_in_sight(page: Page) -> bool:
    """Neither below the table's edge nor under its head."""
    found: bool = page.evaluate(
        """() => {
            const {x, y, width, height} = document.activeElement.getBoundingClientRect();
            return document.elementFromPoint(x + width / 2, y + height / 2) === document.activeElement;
        }"""
    )
    return found


def test_keys_go_from_study_to_study_and_enter_opens_one(sight: Sight, filled: System) -> None:
    page = sight.open("/")
    page.get_by_role("row").nth(1).wait_for()
    page.keyboard.press("j")
    assert _row(page) == 0
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    assert _row(page) == 1
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert _row(page) == 0
    link = page.get_by_role("row").nth(1).get_by_role("link")
    expect(link).to_be_focused()
    address = link.get_attribute("href")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{filled.address}{address}")


def test_keys_reach_studies_that_were_not_drawn(sight: Sight, filled: System) -> None:
    page = sight.open("/")
    page.get_by_role("row").nth(1).wait_for()
    page.get_by_role("region", name="Table").focus()
    for number in range(_COUNT + 5):
        page.keyboard.press("ArrowDown")
        if number % 10 == 0:
            assert _is_in_sight(page), number
    page.wait_for_function(f"document.activeElement.closest('[role=row]')?.ariaRowIndex === '{_COUNT + 1}'")
    assert _is_in_sight(page)
    for number in range(_COUNT - 1, 0, -1):
        assert _row(page) == number
        page.keyboard.press("k")
    assert _is_in_sight(page)


def test_who_scrolled_goes_on_from_what_is_seen_and_who_types_stays(sight: Sight, filled: System) -> None:
    page = sight.open("/")
    page.get_by_role("row").nth(1).wait_for()
    page.get_by_role("region", name="Table").evaluate("table => table.scrollTo(0, 56 * 40)")
    page.locator("[aria-rowindex='42']").wait_for()
    page.keyboard.press("j")
    assert _row(page) == 40
    page.get_by_label("Free text").press("j")
    expect(page.get_by_label("Free text")).to_have_value("j")
    expect(page.get_by_label("Free text")).to_be_focused()

"""Uploads in the client that are not one smooth run."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page
from pydicom.uid import generate_uid

from tests.makers import ct_bytes
from tests.web.conftest import Sight

pytestmark = pytest.mark.timeout(180)


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

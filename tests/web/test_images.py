"""The page of a study: series, stacks, slices beside each other; and the whole way once more with real files."""

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from pydicom.uid import generate_uid

from services.cli.local.samples import sample_files
from services.export.archive.verify import verify_archive
from tests.makers import ct_bytes
from tests.system import System, rcdm
from tests.web.conftest import Sight
from tests.web.studies import SLICES, write_studies

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_POINTS, _PLACES = 2, 4


@pytest.fixture(scope="module")
def filled(system: System, tmp_path_factory: pytest.TempPathFactory) -> System:
    """A liver CT of three phases, and a series of two time points."""
    folder = tmp_path_factory.mktemp("images")
    write_studies(folder)
    ids = {name: generate_uid() for name in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")}
    for point in range(_POINTS):
        for place in range(_PLACES):
            pixels = np.full((64, 64), 1000 + 200 * point, "<u2")
            body = ct_bytes(
                Rows=64, Columns=64, PixelData=pixels.tobytes(), AcquisitionNumber=point + 1, BodyPartExamined="KIDNEY",
                ImagePositionPatient=[0, 0, 5 * place], SliceThickness=5, SeriesDescription="perfusion", **ids,
            )  # fmt: skip
            (folder / f"time{point}{place}.dcm").write_bytes(body)
    rcdm(system, "upload", str(folder), "--hospital", "IMAGES", expect=3)
    return system


def _open(sight: Sight, body_part: str) -> Page:
    page = sight.open(f"/?body_part={body_part}")
    page.get_by_role("row").nth(1).get_by_role("link").click()
    expect(page.get_by_test_id("window")).to_be_visible()
    return page


def _seen(stage: Locator) -> np.ndarray[Any, Any]:
    stage.page.wait_for_timeout(400)  # painted
    return np.asarray(Image.open(io.BytesIO(stage.screenshot())).convert("L"), float)


def test_series_show_what_they_are_and_why(sight: Sight, filled: System) -> None:
    page = _open(sight, "LIVER")
    series = page.get_by_role("list", name="Series")
    expect(series.get_by_role("listitem")).to_have_count(3)
    expect(series.locator("img")).to_have_count(3)
    series.get_by_text("ARTERIAL", exact=True).hover()
    expect(page.get_by_role("tooltip")).to_contain_text("SeriesDescription says arterial")
    page.get_by_role("link", name="All studies").click()
    expect(page).to_have_url(re.compile(r"/\?body_part=LIVER$"))


def test_compared_phases_share_window_zoom_and_place(sight: Sight, filled: System) -> None:
    page = _open(sight, "LIVER")
    page.get_by_text("Liver arterial phase").first.click()
    page.get_by_label("Compare with").select_option(label="2 Liver portal venous phase PORTAL_VENOUS")
    expect(page.get_by_role("img", name=f"Slice {SLICES // 2 + 1} of {SLICES}")).to_have_count(2)
    one, other = page.get_by_test_id("stage").first, page.get_by_test_id("stage").last
    before = _seen(one)
    assert np.abs(before - _seen(other)).mean() < 1
    box = one.bounding_box()
    assert box is not None
    for tool, down in (("Window", -60), ("Zoom", 60)):
        page.get_by_text(tool, exact=True).click()
        page.mouse.move(box["x"] + 100, box["y"] + 200)
        page.mouse.down()
        page.mouse.move(box["x"] + 100, box["y"] + 200 + down, steps=5)
        page.mouse.up()
    after = _seen(one)
    assert np.abs(after - before).mean() > 5
    assert np.abs(after - _seen(other)).mean() < 1


def test_a_time_point_is_a_stack_of_its_own_and_a_volume(sight: Sight, filled: System) -> None:
    page = _open(sight, "KIDNEY")
    expect(page.get_by_test_id("slice")).to_have_text(re.compile(f"of {_POINTS * _PLACES}$"))
    expect(page.get_by_role("button", name="Three planes")).to_have_count(0)
    page.get_by_label("Stack").select_option(label=f"2: DYNAMIC_2, {_PLACES} images")
    expect(page.get_by_test_id("slice")).to_have_text(re.compile(f"of {_PLACES}$"))
    expect(page.get_by_test_id("window")).to_be_visible()
    page.get_by_role("button", name="Three planes").click()
    for cut in ("axial", "coronal", "sagittal"):
        # The second time point has one value everywhere: every cut through it is bright in its middle.
        expect(page.get_by_role("progressbar", name="Volume")).to_have_count(0)
        page.wait_for_timeout(1500)
        shot = _seen(page.get_by_test_id(f"cut-{cut}"))
        middle = shot[
            shot.shape[0] // 2 - 25 : shot.shape[0] // 2 - 15, shot.shape[1] // 2 + 5 : shot.shape[1] // 2 + 15
        ]
        assert middle.mean() > 180, cut


def test_the_whole_way_with_real_files(sight: Sight, tmp_path: Path) -> None:
    """The files inside the pydicom package: refused ones are told, a CT is looked at, and an archive verified."""
    page = sight.open("/upload")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a folder").click()
    chooser.value.set_files(sample_files())
    page.get_by_label("Hospital", exact=True).fill("REAL")
    page.get_by_role("button", name=re.compile("Upload .* files")).click()
    page.get_by_text("All is in the catalogue.").wait_for(timeout=120_000)
    expect(page.get_by_test_id("stages")).to_contain_text("refused")
    sight.open("/?hospital=REAL&modality=CT&plane=AXIAL&sort=-images")
    page.get_by_role("row").nth(1).get_by_role("link").click()
    expect(page.get_by_test_id("window")).to_be_visible()
    stage = page.get_by_test_id("stage")
    soft = _seen(stage)
    page.get_by_label("Window preset").select_option(label="Bone")
    bone = _seen(stage)
    assert np.abs(soft - bone).mean() > 5
    stage.hover()
    page.mouse.wheel(0, 100)
    page.mouse.wheel(0, 100)
    expect(page.get_by_test_id("slice")).to_have_text("Slice 5 of 5")
    assert np.abs(_seen(stage) - bone).mean() > 1
    sight.open("/datasets/new?hospital=REAL&modality=CT&modality=MR&name=real")
    page.get_by_role("button", name="Freeze and build").click()
    expect(page.get_by_test_id("state")).to_have_text("ready", timeout=60_000)
    with page.expect_download() as saved:
        page.get_by_role("link", name=re.compile("Download")).click()
    archive = tmp_path / saved.value.suggested_filename
    saved.value.save_as(archive)
    assert verify_archive(archive).ok

"""A researcher's way through the client: upload, search, look, map, build, download; nothing but the browser."""

import io
import re
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pydicom.uid import generate_uid

from services.export.archive.verify import verify_archive
from tests.makers import ct_bytes
from tests.system import System
from tests.web.conftest import ELSEWHERE, Sight, watched
from tests.web.studies import SLICES, write_studies

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
DIAGNOSIS = "간암 의심 (<img src=x onerror=alert(5)>)"


def brightness(page: Page) -> float:
    """Mean of what is seen of the picture."""
    page.wait_for_timeout(300)  # the next picture is decoded and painted
    shot = page.get_by_test_id("stage").screenshot()
    return float(np.asarray(Image.open(io.BytesIO(shot)).convert("L"), float).mean())


def test_from_a_folder_to_a_data_set_without_leaving_the_browser(sight: Sight, tmp_path: Path) -> None:
    """Texts that are markup elsewhere stay texts: no dialog, no error, nothing the policy forbids."""
    folder = tmp_path / "dicom"
    folder.mkdir()
    files = write_studies(folder)
    _upload(sight, files)
    _search(sight)
    _look(sight)
    _invert(sight)
    _map(sight)
    _build(sight, tmp_path)


def _upload(sight: Sight, files: list[Path]) -> None:
    page = sight.open("/upload")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(files)
    page.get_by_label("Diagnosis", exact=True).fill(DIAGNOSIS)
    page.get_by_role("button", name=f"Upload {len(files)} files").click()
    page.get_by_text("All is in the catalogue.").wait_for()
    stages = page.get_by_test_id("stages")
    expect(stages).to_contain_text(f"in the catalogue {len(files) - 1}")
    expect(stages).to_contain_text("refused 1")
    page.get_by_text("refused", exact=True).first.click()
    expect(page.get_by_role("row", name="notes.txt")).to_contain_text("not_dicom")
    with page.expect_download() as saved:
        page.get_by_role("button", name="As CSV").click()
    assert "notes.txt" in Path(saved.value.path()).read_text()


def _search(sight: Sight) -> None:
    page = sight.open("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 studies")
    shown = page.get_by_role("region", name="Table").bounding_box()
    assert shown is not None
    assert shown["y"] + shown["height"] <= 900  # it scrolls inside: rows out of sight are not drawn
    page.get_by_label("LIVER").first.check()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 study")
    assert "body_part=LIVER" in page.url
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 studies")
    page.get_by_text("Age × sex, plane × phase").click()
    cell = page.get_by_role("button", name="AXIAL, PORTAL_VENOUS: 1")
    cell.click()
    expect(cell).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("phase=PORTAL_VENOUS"))
    cell.click()
    expect(cell).to_have_attribute("aria-pressed", "false")
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.get_by_label("Free text")).to_be_focused()
    page.get_by_label("Free text").fill("arterial")
    page.get_by_label("Free text").fill("")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 studies")


def _shade(page: Page) -> float:
    """Of the middle of what is seen."""
    page.wait_for_timeout(300)
    shot = np.asarray(Image.open(io.BytesIO(page.get_by_test_id("stage").screenshot())).convert("L"), float)
    height, width = shot.shape
    return float(shot[height // 2 - 5 : height // 2 + 5, width // 2 - 5 : width // 2 + 5].mean())


def _invert(sight: Sight) -> None:
    """MONOCHROME1: the least value is white, in the viewer once as in the picture."""
    page = sight.open("/")
    page.get_by_role("row").nth(2).get_by_role("link").click()
    expect(page.get_by_test_id("window")).to_be_visible()
    by_values = _shade(page)
    page.get_by_role("button", name="Invert").click()
    assert _shade(page) == pytest.approx(255 - by_values, abs=3)
    _without_values(sight)
    assert by_values == pytest.approx(_shade(page), abs=3)
    assert by_values > 150


def _without_values(sight: Sight) -> None:
    """Where the numbers cannot be had the pictures are shown, and the page says so."""
    page = sight.page
    page.route("**/values?*", lambda route: route.fulfill(status=422, body="{}"))
    page.reload()
    expect(page.get_by_text("so they cannot be measured")).to_be_visible()
    expect(page.get_by_test_id("stage").locator("img")).to_be_visible()
    page.unroute("**/values?*")
    sight.wrong[:] = [one for one in sight.wrong if "422" not in one]


def _measure(page: Page, x: float, y: float) -> None:
    """Hounsfield units of the file, not shades of the picture: 1090 is stored, the intercept is -1024."""
    for tool, left, (dx, dy) in (("Rectangle", x + 30, (60, 40)), ("Length", x - 120, (0, 50))):
        page.get_by_text(tool, exact=True).click()
        page.mouse.move(left, y + 60)
        page.mouse.down()
        page.mouse.move(left + dx, y + 60 + dy, steps=5)
        page.mouse.up()
    measures = page.get_by_test_id("measures")
    expect(measures).to_contain_text(f"Mean {1000 + 30 * 3 - 1024}.0 ± 0.0")
    expect(measures).to_contain_text(re.compile(r"Length [1-9][\d.]* mm"))
    page.get_by_role("button", name="Remove the measurement").first.click()
    expect(measures.get_by_role("listitem")).to_have_count(1)


def _compare(page: Page) -> None:
    """Another phase beside it shows the same place; a regular series is cut three ways."""
    page.get_by_label("Compare with").select_option(label="2 Liver portal venous phase PORTAL_VENOUS")
    expect(page.get_by_test_id("stage")).to_have_count(2)
    expect(page.get_by_role("img", name=f"Slice 4 of {SLICES}")).to_have_count(2)
    page.get_by_test_id("stage").first.focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("img", name=f"Slice 3 of {SLICES}")).to_have_count(2)
    page.get_by_label("Compare with").select_option(value="")
    page.get_by_role("button", name="Three planes").click()
    page.wait_for_timeout(2000)
    for cut in ("axial", "coronal", "sagittal"):
        shot = page.get_by_test_id(f"cut-{cut}").screenshot()
        middle = np.asarray(Image.open(io.BytesIO(shot)).convert("L"), float)
        assert middle[:, middle.shape[1] // 4 : -(middle.shape[1] // 4)].mean() > 20
        assert middle[:, : middle.shape[1] // 2].mean() == pytest.approx(
            middle[:, middle.shape[1] // 2 :].mean(), rel=0.5
        )
    page.get_by_role("button", name="Three planes").click()


def _look(sight: Sight) -> None:
    page = sight.open("/?body_part=LIVER")
    page.get_by_role("row").nth(1).get_by_role("link").click()
    page.get_by_text("Liver arterial phase").first.click()
    place = page.get_by_test_id("slice")
    expect(place).to_have_text(f"Slice {SLICES // 2 + 1} of {SLICES}")
    expect(page.get_by_test_id("window")).to_have_text("Window 40 / 400")  # the values are there
    stage = page.get_by_test_id("stage")
    stage.focus()
    for _ in range(SLICES):
        page.keyboard.press("ArrowUp")
    expect(place).to_have_text(f"Slice 1 of {SLICES}")
    first = brightness(page)
    stage.hover()
    for _ in range(3):
        page.mouse.wheel(0, 100)
    expect(place).to_have_text(f"Slice 4 of {SLICES}")
    fourth = brightness(page)
    assert fourth != pytest.approx(first, abs=1)
    box = stage.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 80, steps=5)
    page.mouse.up()
    assert brightness(page) > fourth + 3
    expect(page.get_by_test_id("window")).not_to_have_text("Window 40 / 400")
    page.get_by_role("button", name="Reset").click()
    assert brightness(page) == pytest.approx(fourth, abs=1)
    _measure(page, x, y)
    _compare(page)
    page.get_by_label("Search tags").fill("SliceThickness")
    expect(page.get_by_role("row", name=re.compile("SliceThickness"))).to_contain_text("5")
    _without_values(sight)


def _map(sight: Sight) -> None:
    page = sight.open("/diagnoses")
    page.get_by_role("button", name=re.compile(re.escape(DIAGNOSIS))).click()
    first = page.get_by_role("listitem").filter(has_text="Liver cell carcinoma").first
    first.get_by_role("button", name="Approve").click()
    page.get_by_text("Nothing waits here.").wait_for()
    page.get_by_text("approved", exact=True).click()
    expect(page.get_by_test_id("mapped")).to_contain_text("Liver cell carcinoma")
    page.goto(sight.system.address)
    page.get_by_label("Disease (SNOMED)").fill("neoplasm of liver")
    page.get_by_role("option", name="Malignant neoplasm of liver").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 studies")


def _build(sight: Sight, tmp_path: Path) -> None:
    page = sight.open("/?body_part=LIVER")
    page.get_by_role("link", name="Make a data set of these").click()
    page.get_by_label("Name").fill("livers")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_test_id("counts")).to_contain_text(f"ARTERIAL {SLICES}")
    expect(page.get_by_test_id("balance")).to_contain_text("100.0 %")
    page.get_by_label("by series", exact=True).check()
    expect(page.get_by_test_id("counts")).to_be_hidden()  # it was said of another request
    page.get_by_label("by contrast phase", exact=True).check()
    page.get_by_role("button", name="Freeze and build").click()
    expect(page.get_by_test_id("state")).to_have_text("ready", timeout=60_000)
    expect(page.get_by_test_id("counts")).to_contain_text(f"ARTERIAL {SLICES}")
    with page.expect_download() as saved:
        page.get_by_role("link", name=re.compile("Download")).click()
    path = tmp_path / saved.value.suggested_filename
    saved.value.save_as(path)
    assert verify_archive(path).ok
    assert verify_archive(path).pictures == 3 * SLICES
    expect(page.get_by_text(f"rcdm dataset verify {saved.value.suggested_filename}")).to_be_visible()
    page.get_by_role("button", name="Link without a key").click()
    address = page.get_by_text("/archive?").inner_text()
    assert httpx.get(address, timeout=20).content == path.read_bytes()


def test_the_files_that_are_there_are_not_sent_again(sight: Sight, tmp_path: Path) -> None:
    path = tmp_path / "once.dcm"
    path.write_bytes(write_studies(tmp_path)[0].read_bytes())
    for skipped in (0, 1):
        page = sight.open("/upload")
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Choose files").click()
        chooser.value.set_files(path)
        page.get_by_role("button", name="Upload 1 file").click()
        if skipped:
            page.get_by_text("1 file is here already and was not sent.").wait_for()
        else:
            page.get_by_text("All is in the catalogue.").wait_for()


def test_what_is_said_of_an_upload_goes_with_it_and_stands_in_no_address(sight: Sight, tmp_path: Path) -> None:
    own = {"StudyInstanceUID": generate_uid(), "SeriesInstanceUID": generate_uid()}
    (tmp_path / "coded.dcm").write_bytes(ct_bytes(**own))
    page, addresses = sight.open("/upload"), list[str]()
    page.on("request", lambda request: addresses.append(request.url))
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(tmp_path / "coded.dcm")
    for label, value in (("Hospital", "FORM"), ("Code of the diagnosis", "C22.0"), ("Vocabulary of the code", "KCD7")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Upload 1 file").click()
    page.get_by_text("All is in the catalogue.").wait_for()
    with sight.system.client() as http:
        (found,) = http.get("/api/v1/occurrences", params={"hospital": "FORM"}).json()["items"]
    assert (found["condition_code"], found["condition_vocabulary"]) == ("C22.0", "KCD7")
    assert [address for address in addresses if "C22" in address or "FORM" in address] == []


def test_from_another_machine_over_plain_http(browser: Browser, system: System, tmp_path: Path) -> None:
    """Browsers hash and copy for trusted pages only; the client does without."""
    there = replace(system, address=system.address.replace("127.0.0.1", ELSEWHERE))
    seen = watched(browser, there)
    seen.log_in()
    page = seen.open("/upload")
    assert not page.evaluate("isSecureContext")
    folder = tmp_path / "dicom"
    folder.mkdir()
    files = write_studies(folder)[:SLICES]
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(files)
    page.get_by_label("Hospital", exact=True).fill("ELSEWHERE")
    page.get_by_role("button", name=f"Upload {SLICES} files").click()
    page.get_by_text("All is in the catalogue.").wait_for()
    page = seen.open("/?hospital=ELSEWHERE")
    page.get_by_role("row").nth(1).get_by_role("link").click()
    expect(page.get_by_test_id("window")).to_have_text("Window 40 / 400")
    page = seen.open("/datasets/new?hospital=ELSEWHERE&name=elsewhere&mode=flat")
    page.get_by_role("button", name="Freeze and build").click()
    expect(page.get_by_test_id("state")).to_have_text("ready", timeout=60_000)
    expect(page.get_by_text("rcdm dataset download elsewhere")).to_be_visible()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.get_by_role("link", name="Make another version").click()
    expect(page.get_by_label("Name")).to_have_value("elsewhere")
    expect(page.get_by_role("radio", name="none")).to_be_checked()
    expect(page.get_by_role("definition")).to_have_text("ELSEWHERE")
    seen.page.context.close()
    assert seen.wrong == []

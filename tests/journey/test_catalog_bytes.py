"""Pictures, headers and received bytes over HTTP."""

import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.journey.catalog_shelf import Shelf, open_shelf
from tests.makers import ct_bytes

HOSTILE = b"MZ" + b"\x90" * 126


@pytest.fixture(scope="module")
async def shelf(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shelf]:
    """Image 1 has a picture and a program in its preamble, image 2 has no picture, image 3 a clean preamble."""
    async with open_shelf(postgres_server, tmp_path_factory.mktemp("shelf")) as opened:
        body = ct_bytes(StudyDate="20240103")
        for one in (HOSTILE + body[128:], ct_bytes(PixelData=None), ct_bytes()):
            await opened.take(await opened.store(one))
        yield opened


async def _get(shelf: Shelf, path: str, **headers: str) -> httpx.Response:
    return await shelf.http.get(f"/api/v1/images/{path}", headers=headers)


async def test_a_picture_is_the_png_that_was_drawn(shelf: Shelf) -> None:
    answer = await _get(shelf, "1/png")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.content.startswith(b"\x89PNG")


async def test_a_picture_known_already_is_not_sent_again(shelf: Shelf) -> None:
    """D14"""
    etag = (await _get(shelf, "1/png")).headers["etag"]
    assert (await _get(shelf, "1/png", **{"if-none-match": etag})).status_code == 304


async def test_a_study_shows_its_middle_picture(shelf: Shelf) -> None:
    page = await shelf.get("/occurrences", date_to="2024-01-03")
    assert (await shelf.http.get(page["items"][0]["thumbnail"])).status_code == 200


async def test_no_picture_says_why(shelf: Shelf) -> None:
    """D2"""
    answer = await _get(shelf, "2/png")
    assert (answer.status_code, answer.json()["reason"]) == (404, "no_pixels")
    item = (await _get(shelf, "2")).json()
    assert (item["png"], item["render_status"], item["no_picture_reason"]) == (None, "NO_PICTURE", "no_pixels")


@pytest.mark.parametrize(("frame", "status"), [("0", 400), ("-1", 400), ("a", 400), ("1,,2", 400), ("999", 404)])
async def test_a_frame_that_is_not_there(shelf: Shelf, frame: str, status: int) -> None:
    """D2"""
    assert (await _get(shelf, f"1/png?frame={frame}")).status_code == status


async def test_bytes_come_back_with_the_preamble_made_zero(shelf: Shelf) -> None:
    """B1"""
    stored = await shelf.home.blobs.get((await _get(shelf, "1")).json()["image_filepath"])
    answer = await _get(shelf, "1/dicom")
    assert answer.content == bytes(128) + stored[128:]
    assert answer.headers["content-disposition"] == 'attachment; filename="1.dcm"'
    assert hashlib.sha256(stored).hexdigest() != answer.headers["etag"].strip('"')


async def test_bytes_with_a_clean_preamble_are_those_received(shelf: Shelf) -> None:
    """D1"""
    answer = await _get(shelf, "3/dicom")
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert answer.headers["etag"].strip('"') == (await _get(shelf, "3")).json()["image_sha256"]


@pytest.mark.parametrize("asked", ["0-0", "100-140", "120-127", "130-133", "133-200", "134-", "-10", "0-"])
async def test_ranges_of_the_bytes_fit_together(shelf: Shelf, asked: str) -> None:
    """D5"""
    whole = (await _get(shelf, "1/dicom")).content
    answer = await _get(shelf, "1/dicom", range=f"bytes={asked}")
    first, last = asked.split("-")
    start = int(first) if first else len(whole) - int(last)
    end = int(last) + 1 if first and last else len(whole)
    assert (answer.status_code, answer.content) == (206, whole[start:end])


async def test_a_header_is_dicom_json_of_nobody(shelf: Shelf) -> None:
    answer = await _get(shelf, "1/tags")
    assert answer.json()["00080060"] == {"vr": "CS", "Value": ["CT"]}
    assert "Test" not in answer.text
    assert "T-1" not in answer.text


async def test_a_lost_blob_is_told_and_not_cut_short(shelf: Shelf) -> None:
    item = (await _get(shelf, "3")).json()
    body = await shelf.home.blobs.get(item["image_filepath"])
    await shelf.home.blobs.delete(item["image_filepath"])
    assert (await _get(shelf, "3/dicom")).status_code == 404
    await shelf.home.blobs.put(item["image_filepath"], body)

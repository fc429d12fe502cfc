"""Objects of several frames in the catalogue: each frame by itself, and the whole never said to be what a part is."""

from collections.abc import Callable
from typing import Any

import pytest
from pydicom import Dataset

from tests.journey.catalog_shelf import Shelf, extracted
from tests.journey.corrected_shelf import correct
from tests.makers import ct_bytes, file_bytes
from tests.unit.imaging.enhanced import AXIAL, enhanced, frame_groups, mixed
from tests.unit.imaging.mosaics import mosaic, siemens, slices, uih


async def _image(shelf: Shelf, body: bytes) -> dict[str, Any]:
    await shelf.take(extracted(body)[0])
    found: dict[str, Any] = await shelf.get(f"/images/{await shelf.value('SELECT image_id FROM rcdm.radiology_image')}")
    return found


async def _occurrences(shelf: Shelf, **parameters: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await shelf.get("/occurrences", **parameters))["items"]
    return items


@pytest.mark.parametrize("make", [siemens, uih])
async def test_a_mosaic_is_one_image_of_its_slices(shelf: Shelf, make: Callable[[int], Dataset]) -> None:
    image = await _image(shelf, file_bytes(make(5)))
    assert (image["number_of_frames"], image["image_resolution_rows"], image["image_resolution_columns"]) == (5, 14, 22)
    assert (image["image_plane"], image["frame_planes"]) == ("AXIAL", None)
    assert [frame["slice_position"] for frame in image["frames"]] == [10, 15, 20, 25, 30]
    assert image["slice_position"] == 10


async def test_a_mosaic_that_cannot_be_cut_says_so(shelf: Shelf) -> None:
    image = await _image(shelf, file_bytes(mosaic(slices(5))))
    assert (image["render_status"], image["no_picture_reason"]) == ("NO_PICTURE", "mosaic")
    assert (image["image_plane"], image["frames"]) == ("UNKNOWN", [])
    assert "nothing says how many" in image["no_picture_detail"]


@pytest.mark.parametrize(("axial", "coronal", "plane"), [(3, 1, "AXIAL"), (1, 3, "CORONAL"), (2, 2, "UNKNOWN")])
async def test_an_object_of_two_planes_counts_in_both(shelf: Shelf, axial: int, coronal: int, plane: str) -> None:
    image = await _image(shelf, file_bytes(mixed(axial, coronal)))
    assert (image["image_plane"], image["frame_planes"]) == (plane, ["AXIAL", "CORONAL"])
    assert f"{axial} AXIAL" in image["plane_reason"]
    assert f"{coronal} CORONAL" in image["plane_reason"]
    assert [frame["plane"] for frame in image["frames"]] == ["AXIAL"] * axial + ["CORONAL"] * coronal
    (study,) = await _occurrences(shelf)
    assert study["planes"] == {"AXIAL": 1, "CORONAL": 1}
    for asked, found in (("AXIAL", 1), ("CORONAL", 1), ("SAGITTAL", 0), ("UNKNOWN", 0)):
        address = f"/occurrences/{study['radiology_occurrence_id']}/images"
        assert len(await _occurrences(shelf, plane=asked)) == found
        assert len(await _occurrences(shelf, plane=asked, slice_thickness_min=1)) == found
        assert len(await _occurrences(shelf, plane=asked, tag="Rows=16")) == found
        assert (await shelf.get(address, plane=asked))["total"] == found


async def test_a_plane_that_a_person_said_is_that_of_all_frames(shelf: Shelf) -> None:
    image = await _image(shelf, file_bytes(mixed(2, 2)))
    await correct(shelf, "image", {"plane": "AXIAL"}, ids=[image["image_id"]])
    (study,) = await _occurrences(shelf)
    assert study["planes"] == {"AXIAL": 1}
    assert await _occurrences(shelf, plane="CORONAL", slice_thickness_min=1) == []
    corrected = await shelf.get(f"/images/{image['image_id']}")
    assert {frame["plane"] for frame in corrected["frames"]} == {"AXIAL"}


async def test_an_object_of_several_time_points_is_none_of_them(shelf: Shelf) -> None:
    groups = [frame_groups(AXIAL, (0, 0, 5 * place), point) for point in (1, 2) for place in range(3)]
    await _image(shelf, file_bytes(enhanced(groups)))
    (row,) = await shelf.rows("SELECT temporal_position, image_phase, png_frames::text FROM rcdm.radiology_image")
    assert row["temporal_position"] is None
    assert not row["image_phase"].startswith("DYNAMIC")


async def test_an_only_frame_is_what_its_image_is(shelf: Shelf) -> None:
    image = await _image(shelf, ct_bytes(ImagePositionPatient=[0, 0, 7]))
    (frame,) = image["frames"]
    assert (frame["plane"], frame["slice_position"], frame["pixel_spacing"]) == ("AXIAL", 7, [1, 1])
    assert frame["orientation"] == image["image_orientation_patient"]


async def test_frames_of_images_extracted_before_say_what_their_image_says(shelf: Shelf) -> None:
    await _image(shelf, file_bytes(mixed(2, 1)))
    pictures = ["number", "width", "height", "bytes", "sha256", "crc32"]
    await shelf.rows(
        "UPDATE rcdm.radiology_image SET frame_planes = NULL, png_frames = (SELECT jsonb_agg(kept) FROM (SELECT"
        " jsonb_object_agg(key, value) AS kept FROM jsonb_array_elements(png_frames) WITH ORDINALITY AS frame (told,"
        " n), jsonb_each(told) WHERE key = ANY($1) GROUP BY n ORDER BY n) AS frames)", pictures,
    )  # fmt: skip
    image = await shelf.get(f"/images/{await shelf.value('SELECT image_id FROM rcdm.radiology_image')}")
    assert [(frame["plane"], frame["position"]) for frame in image["frames"]] == [("AXIAL", None)] * 3

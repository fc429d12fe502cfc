"""What one body becomes, without process or store."""

import json
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset

from imaging.pixels.errors import NoPictureReason
from imaging.pixels.render import Picture
from services.extract.describe import Description, describe
from tests.makers import ct_bytes, file_bytes
from tests.unit.imaging.enhanced import AXIAL, CORONAL, enhanced, frame_groups, mixed
from tests.unit.imaging.mosaics import count_told, mosaic, siemens, slices, uih


def _described(body: bytes) -> tuple[Description, list[Picture]]:
    pictures: list[Picture] = []
    return describe(body, pictures.append), pictures


def test_a_slice_gives_its_picture_plane_phase_and_person() -> None:
    found, (picture,) = _described(ct_bytes(SeriesDescription="Portal venous"))
    extraction = found.extraction
    assert Image.open(BytesIO(picture.png)).size == (16, 16)
    assert (extraction.plane.plane, extraction.phase.phase) == ("AXIAL", "PORTAL_VENOUS")
    assert (extraction.person.sex, extraction.person.birth_year) == ("F", 1960)
    assert [frame.size for frame in extraction.picture.frames] == [len(picture.png)]


def test_who_the_patient_is_stands_beside_the_extraction_and_not_in_it() -> None:
    """E2, F13"""
    found, _ = _described(ct_bytes(PatientName="Canary^Kim", PatientID="CANARY-7", PatientComments="CANARY-7 calls"))
    assert b"canary" not in found.extraction.SerializeToString().lower()
    assert json.loads(found.identity)["patient_id"] == "CANARY-7"


def test_frames_drawn_alike_are_told_once() -> None:
    pixels = np.tile(np.arange(256, dtype="<u2"), 3).tobytes()
    found, pictures = _described(ct_bytes(NumberOfFrames=3, PixelData=pixels))
    assert len(pictures) == 3
    (run,) = json.loads(found.extraction.picture.rendering)
    assert (run["first_frame"], run["last_frame"], run["center"], run["width"]) == (1, 3, 40, 400)


def test_the_same_bytes_give_the_same_pictures_and_words() -> None:
    """C7"""
    body = ct_bytes()
    (first, one), (second, two) = _described(body), _described(body)
    assert first == second
    assert [picture.png for picture in one] == [picture.png for picture in two]


def test_without_pixels_the_reason_is_told_and_the_tags_are_there() -> None:
    """B16"""
    found, pictures = _described(ct_bytes(SOPClassUID="1.2.840.10008.5.1.4.1.1.66", PixelData=None))
    assert pictures == []
    assert found.extraction.picture.no_picture_reason == NoPictureReason.NO_PIXELS
    assert "00080060" in json.loads(found.extraction.tags)
    assert found.extraction.plane.plane == "AXIAL"


def test_a_reader_of_headers_only_draws_nothing() -> None:
    found = describe(ct_bytes(), None)
    assert not found.extraction.HasField("picture")


def test_assigned_uids_stand_in_the_header_and_are_told() -> None:
    body = ct_bytes(StudyInstanceUID=None)
    found = describe(body, None, assigned={"StudyInstanceUID": "2.25.7"})
    assert json.loads(found.extraction.tags)["0020000D"] == {"vr": "UI", "Value": ["2.25.7"]}
    assert "StudyInstanceUID was missing or no UID: one was assigned." in found.extraction.warnings


def test_each_frame_tells_its_own_plane_place_and_settings() -> None:
    groups = [
        frame_groups(AXIAL, (1, 2, 30), RescaleSlope=2, RescaleIntercept=-1),
        frame_groups(CORONAL, (1, 40, 3), point=2, RescaleSlope=4, RescaleIntercept=0),
        frame_groups(CORONAL, (1, 50, 3), point=2),
    ]
    found, _ = _described(file_bytes(enhanced(groups)))
    first, second, _ = found.extraction.picture.frames
    assert (first.plane, list(first.position), first.rescale_slope, first.temporal_position) == (
        "AXIAL",
        [1, 2, 30],
        2,
        1,
    )
    assert (second.plane, list(second.orientation), second.rescale_slope) == ("CORONAL", list(CORONAL), 4)
    assert (list(second.pixel_spacing), second.slice_thickness) == ([0.5, 0.6], 3)
    assert (second.acquired_at, second.temporal_position) == ("2024-01-10T10:15:02", 2)
    assert found.extraction.plane.plane == "CORONAL"
    assert found.extraction.plane.reason == "most of 3 frames: 2 CORONAL, 1 AXIAL"


def test_an_only_frame_tells_nothing_that_its_object_says() -> None:
    found, _ = _described(ct_bytes())
    (frame,) = found.extraction.picture.frames
    assert {field.name for field, _ in frame.ListFields()} == {"number", "width", "height", "size", "sha256", "crc32"}


def test_a_projection_has_no_plane_also_frame_by_frame() -> None:
    found, _ = _described(file_bytes(mixed(1, 1, Modality="DX")))
    assert found.extraction.plane.plane == "PROJECTION"
    assert [frame.plane for frame in found.extraction.picture.frames] == ["", ""]


@pytest.mark.parametrize("make", [siemens, uih])
def test_a_mosaic_is_an_image_of_as_many_frames_as_slices(make: Callable[[int], Dataset]) -> None:
    found, pictures = _described(file_bytes(make(5)))
    frames = found.extraction.picture.frames
    assert len(pictures) == len(frames) == 5
    assert {(frame.plane, frame.width, frame.height) for frame in frames} == {("AXIAL", 22, 14)}
    assert [frame.position[2] for frame in frames] == [10, 15, 20, 25, 30]
    assert list(found.extraction.warnings) == []


def test_a_mosaic_nobody_can_cut_has_no_picture_and_no_plane() -> None:
    found, pictures = _described(file_bytes(mosaic(slices(5))))
    assert pictures == []
    assert found.extraction.picture.no_picture_reason == "mosaic"
    assert found.extraction.plane.plane == "UNKNOWN"
    assert "mosaic: slices lie side by side in it, and nothing says how many" in found.extraction.warnings


def test_a_mosaic_without_a_direction_says_that_nobody_knows_where_its_slices_lie() -> None:
    found, pictures = _described(file_bytes(count_told(mosaic(slices(5)), 5)))
    assert len(pictures) == 5
    assert "mosaic: its header does not tell where its slices lie" in found.extraction.warnings


def test_ct_and_mr_tell_how_intense_the_body_is() -> None:
    rows, columns = np.mgrid[:64, :64] - 32
    body = np.where(rows**2 + columns**2 < 28**2, 1100, 0).astype("<u2").tobytes()
    elements = {"Rows": 64, "Columns": 64, "PixelData": body}
    for modality in ("CT", "MR"):
        found, _ = _described(ct_bytes(Modality=modality, **elements))
        assert found.extraction.body_intensity.body_cells > 2000
    found, _ = _described(ct_bytes(Modality="OT", **elements))
    assert not found.extraction.HasField("body_intensity")


def test_pictures_that_cannot_be_drawn_tell_no_intensity() -> None:
    found, _ = _described(ct_bytes(NumberOfFrames=2))
    assert found.extraction.picture.no_picture_reason
    assert not found.extraction.HasField("body_intensity")

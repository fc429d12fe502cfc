"""What one body becomes, without process or store."""

import json
from io import BytesIO

import numpy as np
from PIL import Image

from imaging.no_picture import NoPictureReason
from imaging.pixels import Picture
from services.extract.describe import Description, describe
from tests.makers import ct_bytes


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

"""A mosaic is cut into its slices, or it says that nobody knows how."""

import hashlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from imaging.dicom.header import read_tags
from imaging.fields.fields import image_fields
from imaging.geometry.plane import image_plane
from imaging.header.dicom_json import Document
from imaging.header.mosaic import Mosaic, UnknownMosaic, mosaic_of
from imaging.header.private import csa_elements
from imaging.pixels.dataset import pixel_dataset
from imaging.pixels.errors import NoPicture
from imaging.pixels.frames import stored_pixels
from imaging.pixels.modality_values import real_values
from imaging.pixels.raw_png import stored_pictures
from imaging.pixels.render import render
from imaging.volume.frame_facts import frame_facts
from tests.makers import file_bytes
from tests.unit.imaging.mosaics import count_told, csa_header, csa_told, laid_out, mosaic, siemens, slices, uih


def _document(dataset: Dataset) -> Document:
    return read_tags(file_bytes(dataset)).document


def _values(dataset: Dataset) -> np.ndarray[Any, Any]:
    return np.stack([frame.values for frame in stored_pixels(pixel_dataset(file_bytes(dataset))).frames])


@pytest.mark.parametrize("count", [1, 2, 4, 5, 9, 20])
@pytest.mark.parametrize("make", [siemens, uih])
def test_each_slice_is_a_frame(make: Any, count: int) -> None:
    dataset = make(count)
    assert np.array_equal(_values(dataset), slices(count))
    fields = image_fields(_document(dataset))
    assert (fields.number_of_frames, fields.rows, fields.columns) == (count, 14, 22)
    assert [facts.frame for facts in frame_facts(_document(dataset))] == list(range(1, count + 1))


@pytest.mark.parametrize(
    "syntax",
    [
        ExplicitVRLittleEndian,
        ImplicitVRLittleEndian,
        ExplicitVRBigEndian,
        RLELossless,
        JPEG2000Lossless,
        JPEGLSLossless,
    ],
)
def test_every_encoding_of_a_mosaic_is_cut_alike(syntax: UID) -> None:
    """C7"""
    dataset = siemens()
    expected = hashlib.sha256(slices(5).tobytes()).hexdigest()
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    elif syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless):
        dataset.compress(syntax, generate_instance_uid=False)
    else:
        dataset.file_meta.TransferSyntaxUID = syntax
    buffer = BytesIO()
    dataset.save_as(buffer, implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=syntax != ExplicitVRBigEndian)
    digest = hashlib.sha256()
    pictures = list(render(pixel_dataset(buffer.getvalue()), digest=digest))
    assert [(one.frame, one.width, one.height) for one in pictures] == [(n, 22, 14) for n in range(1, 6)]
    assert digest.hexdigest() == expected
    facts = frame_facts(read_tags(buffer.getvalue()).document)
    assert [one.position for one in facts] == [(36, 8, 10 + 5 * place) for place in range(5)]


def test_slices_of_uih_in_implicit_vr_keep_their_positions() -> None:
    dataset = uih()
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    body = file_bytes(dataset)
    assert [one.position for one in frame_facts(read_tags(body).document)] == [(-30, -20, 10 + 5 * n) for n in range(5)]
    assert np.array_equal(np.stack([one.values for one in stored_pixels(pixel_dataset(body)).frames]), slices(5))


def test_a_slice_of_uih_has_its_own_time() -> None:
    assert [one.acquired_at.microsecond for one in frame_facts(_document(uih())) if one.acquired_at] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("normal", "step"), [((0, 0, 1), 5), ((0, 0, -1), -5)])
def test_slices_follow_each_other_as_the_csa_header_says(normal: Any, step: int) -> None:
    facts = frame_facts(_document(siemens(normal=normal)))
    # A picture of 66 × 42 pixels lies around the middle of the first slice, which has 22 × 14 of 3 × 2 mm.
    assert [one.position for one in facts] == [(-30 + 22 * 3, -20 + 14 * 2, 10 + step * place) for place in range(5)]


@pytest.mark.parametrize("first_form", [True, False])
def test_both_forms_of_the_csa_header_are_read(first_form: bool) -> None:
    header = csa_header({"NumberOfImagesInMosaic": [35], "SliceNormalVector": ["0.0", "0.1", "-0.99"]}, first_form)
    found = csa_elements(header)
    assert found["52431001"]["Value"] == [35]
    assert found["52431002"]["Value"] == [0.0, 0.1, -0.99]


def test_a_torn_csa_header_says_nothing() -> None:
    header = csa_header({"NumberOfImagesInMosaic": [35], "SliceNormalVector": [0, 0, 1]})
    assert all(csa_elements(header[:length]) in ({}, csa_elements(header)) for length in range(len(header)))
    assert csa_elements(b"\xff" * 4000) == csa_elements(b"") == {}


def test_without_a_direction_slices_are_cut_and_lie_nowhere() -> None:
    dataset = count_told(mosaic(slices(5)), 5)
    facts = frame_facts(_document(dataset))
    assert np.array_equal(_values(dataset), slices(5))
    assert [one.position for one in facts] == [None] * 5
    assert image_plane(_document(dataset)).plane == "AXIAL"


def _contradicting() -> Dataset:
    header = csa_header({"NumberOfImagesInMosaic": [6], "SliceNormalVector": [0, 0, 1]})
    return csa_told(count_told(mosaic(slices(5)), 5), header)


def _uih_contradicting() -> Dataset:
    dataset = uih()
    del dataset[0x00651051].value[-1]
    return dataset


@pytest.mark.parametrize(
    ("dataset", "reason"),
    [
        (mosaic(slices(5)), "how many"),
        (count_told(mosaic(slices(5)), 0), "0 do not fit"),
        (count_told(mosaic(slices(5)), 10), "10 do not fit"),
        (count_told(mosaic(slices(5)), 65535), "65535 are more"),
        (_contradicting(), "different numbers"),
        (_uih_contradicting(), "different numbers"),
    ],
)
def test_a_mosaic_that_cannot_be_cut_says_so_and_is_no_axial_picture(dataset: Dataset, reason: str) -> None:
    document = _document(dataset)
    with pytest.raises(UnknownMosaic, match=reason):
        mosaic_of(document)
    with pytest.raises(NoPicture) as none:
        list(render(pixel_dataset(file_bytes(dataset))))
    assert none.value.reason == "mosaic"
    assert (image_plane(document).plane, image_fields(document).number_of_frames) == ("UNKNOWN", 1)
    assert reason in image_plane(document).reason


def test_a_tile_that_is_not_counted_and_shows_something_is_no_slice_to_lose() -> None:
    """Six slices said to be five: nobody knows which number is wrong."""
    dataset = count_told(mosaic(slices(6)), 5)
    with pytest.raises(NoPicture, match="more of them"):
        list(render(pixel_dataset(file_bytes(dataset))))


def test_slices_that_are_frames_already_are_left_alone() -> None:
    volume = slices(5)
    dataset = count_told(mosaic(volume), 5)
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns, dataset.PixelData = 5, 14, 22, volume.tobytes()
    assert np.array_equal(_values(dataset), volume)
    assert mosaic_of(_document(dataset)) is None


def test_values_and_lossless_pictures_are_of_slices() -> None:
    body = file_bytes(siemens(RescaleSlope=2, RescaleIntercept=1))
    assert np.array_equal(real_values(pixel_dataset(body), 3), slices(5)[2] * 2.0 + 1)
    assert [picture.frame for picture in stored_pictures(pixel_dataset(body))] == [1, 2, 3, 4, 5]
    with pytest.raises(NoPicture):
        real_values(pixel_dataset(body), 6)


def test_the_count_is_read_also_where_it_lost_its_kind() -> None:
    """A copy in implicit VR, read by who knows no private elements, writes UN."""
    dataset = mosaic(slices(5))
    dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "UN", b"\5\0")
    assert np.array_equal(_values(dataset), slices(5))
    assert mosaic_of(_document(dataset)) == Mosaic(tiles=5, places=9, across=3, rows=14, columns=22)


def test_a_uih_layout_has_no_more_rows_than_it_needs() -> None:
    dataset = uih(20)
    assert (dataset.Rows, dataset.Columns) == laid_out(slices(20), 5, 4).shape


def test_a_whole_data_set_read_by_pydicom_is_cut_alike() -> None:
    body = file_bytes(siemens())
    pictures = [list(render(dataset)) for dataset in (pixel_dataset(body), dcmread(BytesIO(body)))]
    assert pictures[0] == pictures[1]

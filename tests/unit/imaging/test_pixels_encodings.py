"""One image in many encodings: the same stored values, the same digest."""

import hashlib
import zlib
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRBigEndian

from imaging.pixels.frames import stored_pixels
from imaging.pixels.png import write_grey16
from imaging.pixels.render import render
from tests.unit.imaging.pixel_objects import drawn, image_object, only_picture, seen


def _sample(name: str) -> Dataset:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    return dcmread(path)


def _digest(dataset: Dataset) -> str:
    digest = hashlib.sha256()
    for _ in render(dataset, digest=digest):
        pass
    return digest.hexdigest()


@pytest.mark.parametrize(
    "name",
    [
        "MR_small_implicit.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_expb.dcm",
        "MR_small_RLE.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "MR_small_padded.dcm",
    ],
)
def test_every_lossless_encoding_has_one_digest(name: str) -> None:
    """B22: the digest is that of the stored values, little-endian."""
    original = _sample("MR_small.dcm")
    assert _digest(_sample(name)) == _digest(original) == hashlib.sha256(original.PixelData).hexdigest()


def test_sixteen_bit_png_of_the_stored_values_is_lossless() -> None:
    """B22: from the file to the PNG and back."""
    dataset = _sample("CT_small.dcm")
    (frame,) = stored_pixels(dataset).frames
    written = seen(write_grey16(frame.values.view(np.uint16)))
    assert written.astype("<u2").tobytes() == dataset.PixelData


def test_twelve_bit_jpeg_is_decoded() -> None:
    """JPEG Extended with 12 bits; the largest value was taken with another decoder."""
    (frame,) = stored_pixels(_sample("JPGExtended.dcm")).frames
    assert (frame.values.dtype, frame.bits, int(frame.values.max())) == (np.dtype("<u2"), 12, 264)


def test_the_same_bytes_give_the_same_picture() -> None:
    assert only_picture(_sample("693_J2KI.dcm")).png == only_picture(_sample("693_J2KI.dcm")).png


def test_one_bit_pixels_are_black_and_white_and_run_on_between_frames() -> None:
    """PS3.5 8.1.1: nine pixels a frame, so the second begins inside a byte."""
    frames = np.array([[1, 0, 0, 0, 1, 0, 0, 0, 1], [0, 1, 0, 1, 0, 1, 0, 1, 0]], np.uint8)
    packed = np.packbits(frames.ravel(), bitorder="little").tobytes()
    dataset = image_object(np.zeros((3, 3), np.uint8), BitsAllocated=1, BitsStored=1, HighBit=0, NumberOfFrames=2)
    dataset.PixelData = packed + b"\0"
    assert [(seen(picture.png).ravel() // 255).tolist() for picture in render(dataset)] == frames.tolist()


def test_a_deflated_frame_is_read_and_bounded() -> None:
    """PS3.5 A.4.13, and no more inflated than the frame needs."""
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    stream = deflate.compress(pixels.tobytes() + bytes(1 << 20)) + deflate.flush()
    dataset = image_object(pixels, "1.2.840.10008.1.2.8.1", PixelData=encapsulate([stream]))
    (frame,) = stored_pixels(dataset).frames
    assert np.array_equal(frame.values, pixels)


def test_big_endian_bytes_in_words_are_turned_round() -> None:
    """PS3.5 A.3."""
    pixels = np.array([[1, 2, 3, 4]], np.uint8)
    dataset = image_object(pixels, ExplicitVRBigEndian, PixelData=bytes([2, 1, 4, 3]))
    (frame,) = stored_pixels(dataset).frames
    assert np.array_equal(frame.values, pixels)


@pytest.mark.parametrize(("keyword", "kind"), [("FloatPixelData", "<f4"), ("DoubleFloatPixelData", "<f8")])
def test_floating_point_pixels_are_drawn_and_what_is_no_number_is_black(keyword: str, kind: str) -> None:
    """A window of width 1 over values from 0 to 1 is a line, not a step."""
    values: Any = np.array([[0, 0.5, 1, np.nan, np.inf]], kind)
    dataset = image_object(values, WindowCenter=0.5, WindowWidth=1)
    del dataset.PixelData
    setattr(dataset, keyword, values.tobytes())
    assert drawn(dataset) == [0, 128, 255, 0, 0]


def test_every_frame_has_its_picture() -> None:
    pictures = list(render(_sample("rtdose.dcm")))
    assert [picture.frame for picture in pictures] == list(range(1, 16))
    assert {(picture.width, picture.height) for picture in pictures} == {(10, 10)}


def test_a_bare_data_set_without_a_transfer_syntax_is_drawn() -> None:
    dataset = image_object(np.array([[0, 100]], "<u2"))
    del dataset.file_meta
    assert drawn(dataset) == [0, 255]

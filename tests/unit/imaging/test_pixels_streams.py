"""Compressed frames as they come: padded, with more frames than described, at odds with their labels."""

from io import BytesIO

import numpy as np
import pytest
from openjpeg.utils import encode_array
from PIL import Image
from pydicom import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless, RLELossless

from imaging.pixels.codestream import rle_data_end, whole_j2k, whole_jpeg
from imaging.pixels.frames import stored_pixels
from tests.unit.imaging.pixel_objects import Array, image_object, only_picture, seen

_SMOOTH = np.add.outer(np.arange(40), np.arange(48)).astype("<u2") * 37
_NOISE = np.random.default_rng(3).integers(0, 4096, (40, 48)).astype("<u2")
_COLOURS = np.random.default_rng(4).integers(0, 256, (32, 32, 3)).astype(np.uint8)
_CONTRADICTS = "the JPEG 2000 stream contradicts"


def _compressed(pixels: Array, syntax: str) -> tuple[Dataset, bytes]:
    dataset = image_object(pixels)
    dataset.set_original_encoding(False, True)
    dataset.compress(syntax, generate_instance_uid=False)
    return dataset, next(generate_frames(dataset.PixelData, number_of_frames=1))


def _with_streams(dataset: Dataset, *streams: bytes, has_bot: bool = True) -> Dataset:
    dataset.PixelData = encapsulate(list(streams), has_bot=has_bot)
    dataset["PixelData"].is_undefined_length = True
    return dataset


def _values(dataset: Dataset) -> Array:
    return next(stored_pixels(dataset).frames).values


def _notes(dataset: Dataset) -> str:
    return " ".join(stored_pixels(dataset).notes)


def _j2k(pixels: Array, stream: bytes, **elements: object) -> Dataset:
    return _with_streams(image_object(pixels, JPEG2000Lossless, **elements), stream)


@pytest.mark.parametrize("padding", [b"\0", bytes(2), bytes(19), bytes(1001), b"\xff\xff", b"\r\n", b" " * 40])
@pytest.mark.parametrize("pixels", [_SMOOTH, _NOISE], ids=["smooth", "noise"])
@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_bytes_behind_the_end_of_a_stream_are_padding_in_any_number(syntax: str, pixels: Array, padding: bytes) -> None:
    dataset, stream = _compressed(pixels, syntax)
    assert np.array_equal(_values(_with_streams(dataset, stream + padding)), pixels)


@pytest.mark.parametrize("zeros", [0, 1, 2, 20, 1001])
def test_a_jpeg_is_drawn_whatever_pads_it(zeros: int) -> None:
    grey, written = (_SMOOTH >> 4).astype(np.uint8), BytesIO()
    Image.fromarray(grey).save(written, "JPEG", quality=100)
    dataset = _with_streams(image_object(grey, JPEGBaseline8Bit), written.getvalue() + bytes(zeros))
    assert abs(_values(dataset).astype(int) - grey).max() <= 3


@pytest.mark.parametrize("zeros", [1, 2, 7, 300])
@pytest.mark.parametrize("pixels", [_SMOOTH, _NOISE, np.zeros((40, 48), "<u2"), np.full((40, 48), 1, "<u2")])
def test_zero_bytes_before_the_end_of_a_jpeg_ls_stream_are_no_values(pixels: Array, zeros: int) -> None:
    dataset, stream = _compressed(pixels, JPEGLSLossless)
    padded = stream.rstrip(b"\0")[:-2] + bytes(zeros) + b"\xff\xd9"
    assert np.array_equal(_values(_with_streams(dataset, padded)), pixels)


def test_an_end_marker_inside_a_thumbnail_is_not_the_end_of_the_stream() -> None:
    thumbnail = b"\xff\xe1\x00\x08\xff\xd8\xff\xd9ab"
    stream = b"\xff\xd8" + thumbnail + b"\xff\xda\x00\x02abc"
    with pytest.raises(ValueError, match="end"):
        whole_jpeg(stream)
    assert whole_jpeg(stream + b"\xff\xd9\0\0") == stream + b"\xff\xd9"
    with pytest.raises(ValueError, match="end"):
        whole_j2k(b"\xff\x4f\xff\x51\xff\x93abc")


def test_the_runs_of_an_rle_segment_say_where_it_ends() -> None:
    """PS3.5 G.3: a repeated run, a no-operation, a literal run."""
    assert rle_data_end(b"\xfe\x07\x80\x01ab\0\0\0", 0, 5) == 6
    with pytest.raises(ValueError, match="before"):
        rle_data_end(b"\xfe\x07", 0, 4)


@pytest.mark.parametrize("has_bot", [True, False])
@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_more_streams_than_frames_are_told_and_the_first_is_drawn(syntax: str, has_bot: bool) -> None:
    dataset, stream = _compressed(_SMOOTH, syntax)
    _, other = _compressed(_NOISE, syntax)
    assert "longer" not in _notes(_with_streams(dataset, stream))
    _with_streams(dataset, stream, other, other, has_bot=has_bot)
    assert "longer than described" in _notes(dataset)
    assert np.array_equal(_values(dataset), _SMOOTH)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless])
def test_no_frames_are_one_frame_with_a_note(syntax: str) -> None:
    dataset = image_object(_SMOOTH) if syntax == ExplicitVRLittleEndian else _compressed(_SMOOTH, syntax)[0]
    dataset.NumberOfFrames = "0"
    assert "NumberOfFrames is 0" in " ".join(only_picture(dataset).rendering.notes)


@pytest.mark.parametrize("transformed", [False, True])
@pytest.mark.parametrize("label", ["RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT"])
def test_the_codestream_says_whether_its_colours_were_transformed(label: str, transformed: bool) -> None:
    """T.800 A.6.1: what it transformed the decoder turns back, whatever the label; nothing is turned back twice."""
    stream = encode_array(_COLOURS, photometric_interpretation=1, use_mct=transformed)
    dataset = _j2k(_COLOURS, stream, PhotometricInterpretation=label)
    is_ybr = not transformed and label.startswith("YBR_FULL")
    picture = seen(only_picture(dataset).png)
    assert np.array_equal(picture, _COLOURS) is not is_ybr
    is_contradiction = label in (("YBR_FULL", "YBR_FULL_422") if transformed else ("YBR_RCT", "YBR_ICT"))
    assert (_CONTRADICTS in _notes(dataset)) is is_contradiction


def test_the_codestream_says_how_many_components_there_are() -> None:
    grey = _COLOURS[..., 0].copy()
    labelled_grey = _j2k(grey, encode_array(_COLOURS, photometric_interpretation=1))
    labelled_colour = _j2k(_COLOURS, encode_array(grey))
    assert np.array_equal(seen(only_picture(labelled_grey).png), _COLOURS)
    assert only_picture(labelled_colour).rendering.photometric == "MONOCHROME2"
    assert np.array_equal(_values(labelled_colour), grey)
    assert _CONTRADICTS in _notes(labelled_grey)
    assert _CONTRADICTS in _notes(labelled_colour)


@pytest.mark.parametrize("bits", [12, 13, 16])
def test_a_signed_codestream_has_signed_values(bits: int) -> None:
    signed = np.random.default_rng(5).integers(-2000, 2000, (32, 32)).astype("<i2")
    dataset = _j2k(signed.view("<u2"), encode_array(signed, bits_stored=bits), BitsStored=bits, HighBit=bits - 1)
    assert np.array_equal(_values(dataset), signed)
    assert _CONTRADICTS in _notes(dataset)


@pytest.mark.parametrize("bits", [12, 13])
def test_an_unsigned_codestream_of_signed_pixels_holds_twos_complement(bits: int) -> None:
    signed = np.random.default_rng(5).integers(-2000, 2000, (32, 32)).astype("<i2")
    words = signed.view("<u2") & ((1 << bits) - 1)
    dataset = _j2k(signed, encode_array(words, bits_stored=bits), BitsStored=bits, HighBit=bits - 1)
    assert np.array_equal(_values(dataset), signed)
    assert not _notes(dataset)


@pytest.mark.parametrize(("allocated", "stored"), [(8, 8), (16, 12)])
def test_a_deeper_codestream_keeps_its_values(allocated: int, stored: int) -> None:
    deep = np.random.default_rng(6).integers(0, 65536, (32, 32)).astype("<u2")
    dataset = _j2k(deep, encode_array(deep), BitsAllocated=allocated, BitsStored=stored, HighBit=stored - 1)
    assert np.array_equal(_values(dataset), deep)
    assert _CONTRADICTS in _notes(dataset)


@pytest.mark.parametrize("precision", [8, 10, 12])
def test_a_shallower_codestream_is_not_shifted(precision: int) -> None:
    shallow = _NOISE >> (12 - precision)
    assert np.array_equal(_values(_j2k(shallow, encode_array(shallow, bits_stored=precision))), shallow)

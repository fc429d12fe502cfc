"""What gives no picture says why, allocates nothing for a claim, and never raises anything but NoPicture."""

import contextlib
import pickle
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.encaps import encapsulate, generate_frames
from pydicom.tag import Tag
from pydicom.uid import RLELossless

from imaging.pixels.errors import NoPicture, NoPictureReason
from imaging.pixels.layout import PixelLimits
from imaging.pixels.render import render
from tests.unit.imaging.pixel_objects import drawn, image_object, lut_item, only_picture

_PIXELS = np.arange(12, dtype="<u2").reshape(3, 4)
BAD = NoPictureReason.BAD_PIXEL_DESCRIPTION


def _sample(name: str) -> Dataset:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    return dcmread(path)


def _reason(dataset: Dataset, limits: PixelLimits | None = None) -> NoPictureReason:
    with pytest.raises(NoPicture) as refused:
        list(render(dataset, limits))
    return refused.value.reason


def _frame(dataset: Dataset) -> bytes:
    return next(generate_frames(dataset.PixelData, number_of_frames=1))


def _rle(segments: list[bytes]) -> bytes:
    offsets = [64 + sum(map(len, segments[:place])) for place in range(len(segments))]
    return struct.pack("<16I", len(segments), *offsets, *[0] * (15 - len(segments))) + b"".join(segments)


def test_an_object_without_pixels_says_so() -> None:
    """B16: reports, plans and presentation states are stored, and have no picture."""
    assert _reason(_sample("test-SR.dcm")) is NoPictureReason.NO_PIXELS
    assert _reason(_sample("rtplan.dcm")) is NoPictureReason.NO_PIXELS


@pytest.mark.parametrize("keyword", ["Rows", "Columns", "BitsAllocated", "BitsStored", "SamplesPerPixel"])
@pytest.mark.parametrize(("vr", "value"), [("UL", 4), ("DS", "4"), ("OB", b"\4\0"), ("US", 0), ("US", [4, 4])])
def test_a_dimension_of_wrong_type_or_value_is_refused(keyword: str, vr: str, value: Any) -> None:
    """B7 (CVE-2026-5442)."""
    dataset = image_object(_PIXELS)
    dataset.add_new(keyword, vr, value)
    assert _reason(dataset) is BAD


@pytest.mark.parametrize("keyword", ["Rows", "Columns", "BitsAllocated"])
def test_a_missing_or_empty_dimension_is_refused(keyword: str) -> None:
    """B7."""
    dataset = image_object(_PIXELS)
    dataset[keyword].value = None
    assert _reason(dataset) is BAD
    del dataset[keyword]
    assert _reason(dataset) is BAD


@pytest.mark.parametrize("frames", ["-3", ["1", "2"]])
def test_a_wrong_number_of_frames_is_refused(frames: Any) -> None:
    """B7."""
    assert _reason(image_object(_PIXELS, NumberOfFrames=frames)) is BAD


def test_pixel_data_shorter_than_described_is_refused() -> None:
    """B8."""
    assert _reason(image_object(_PIXELS, PixelData=_PIXELS.tobytes()[:-2])) is NoPictureReason.SIZE


def test_pixel_data_longer_than_described_is_noted() -> None:
    """B8."""
    dataset = image_object(_PIXELS, PixelData=_PIXELS.tobytes() + bytes(10))
    assert only_picture(dataset).rendering.notes == ("the pixel data is longer than described",)


def test_the_byte_that_makes_a_length_even_is_no_excess() -> None:
    odd = np.arange(9, dtype=np.uint8).reshape(3, 3)
    assert only_picture(image_object(odd, PixelData=odd.tobytes() + b"\0")).rendering.notes == ()


def test_sizes_over_the_limits_are_refused() -> None:
    """B8: by frame, and by all frames together."""
    dataset = image_object(_PIXELS)
    assert _reason(dataset, PixelLimits(frame_bytes=23)) is NoPictureReason.SIZE
    assert _reason(dataset, PixelLimits(total_bytes=23)) is NoPictureReason.SIZE
    dataset.NumberOfFrames = 2**31 - 1
    assert _reason(dataset) is NoPictureReason.SIZE


def test_a_small_jpeg_2000_stream_that_claims_a_huge_image_is_refused() -> None:
    """B9: 60,000 x 60,000 in the codestream, with and without the same claim in the data set."""
    dataset = _sample("MR_small_jp2klossless.dcm")
    stream = bytearray(_frame(dataset))
    struct.pack_into(">II", stream, stream.find(b"\xff\x51") + 6, 60000, 60000)
    dataset.PixelData = encapsulate([bytes(stream)])
    assert _reason(dataset) is NoPictureReason.SIZE
    dataset.Rows = dataset.Columns = 60000
    assert _reason(dataset) is NoPictureReason.SIZE


@pytest.mark.parametrize(
    ("name", "marker"), [("MR_small_jpeg_ls_lossless.dcm", b"\xff\xf7"), ("SC_rgb_jpeg_dcmtk.dcm", b"\xff\xc0")]
)
def test_a_jpeg_header_at_odds_with_the_description_is_refused(name: str, marker: bytes) -> None:
    """B9."""
    dataset = _sample(name)
    stream = bytearray(_frame(dataset))
    struct.pack_into(">HH", stream, stream.find(marker) + 5, 65000, 65000)
    dataset.PixelData = encapsulate([bytes(stream)])
    assert _reason(dataset) is NoPictureReason.SIZE


@pytest.mark.parametrize("segments", [[b"\x81\0" * 200, b"\x81\0"], [b"\x81\0"] * 3])
def test_an_rle_frame_with_too_much_in_it_is_refused(segments: list[bytes]) -> None:
    """B9: a segment longer than 64 pixels can need, and a segment too many."""
    dataset = image_object(np.zeros((8, 8), "<u2"), RLELossless, PixelData=encapsulate([_rle(segments)]))
    assert _reason(dataset) is NoPictureReason.SIZE


def test_rle_runs_beyond_the_frame_end_in_no_picture() -> None:
    """B9: the decoder panics on these, which no `except Exception` would catch."""
    pixels = np.zeros((8, 8), "<u2")
    stream = encapsulate([_rle([b"\x81\0" * 60] * 2)])
    assert _reason(image_object(pixels, RLELossless, PixelData=stream)) is NoPictureReason.UNDECODABLE


def test_an_unknown_encoding_is_named() -> None:
    dataset = image_object(_PIXELS, "1.2.840.10008.1.2.4.100")
    assert _reason(dataset) is NoPictureReason.UNSUPPORTED_TRANSFER_SYNTAX


def test_an_unknown_colour_space_is_refused() -> None:
    dataset = image_object(_PIXELS, PhotometricInterpretation="HSV")
    assert _reason(dataset) is NoPictureReason.UNSUPPORTED_PHOTOMETRIC


def test_fewer_fragments_than_frames_is_undecodable() -> None:
    """B6."""
    dataset = _sample("MR_small_RLE.dcm")
    dataset.NumberOfFrames = 3
    assert _reason(dataset) is NoPictureReason.UNDECODABLE


def test_a_wrong_offset_table_is_undecodable() -> None:
    """B6: the second frame's offset points outside the data."""
    dataset = _sample("SC_rgb_rle_2frame.dcm")
    data = bytearray(dataset.PixelData)
    struct.pack_into("<I", data, 12, 0x7FFFFFF0)
    dataset.PixelData = bytes(data)
    assert _reason(dataset) is NoPictureReason.UNDECODABLE


@pytest.mark.parametrize(
    "name", ["MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm", "SC_rgb_jpeg_dcmtk.dcm", "JPGExtended.dcm"]
)
def test_half_a_compressed_stream_is_no_picture(name: str) -> None:
    """B6: some decoders would fill the rest with grey."""
    dataset = _sample(name)
    stream = _frame(dataset)
    dataset.PixelData = encapsulate([stream[: len(stream) * 3 // 4]])
    assert _reason(dataset) is NoPictureReason.UNDECODABLE


def test_a_frame_that_fails_is_named_and_the_frames_before_it_are_there() -> None:
    dataset = _sample("SC_rgb_rle_2frame.dcm")
    first = next(generate_frames(dataset.PixelData, number_of_frames=2))
    dataset.PixelData = encapsulate([first, first[:100]])
    pictures: Iterator[Any] = render(dataset)
    assert next(pictures).frame == 1
    with pytest.raises(NoPicture, match="frame 2"):
        next(pictures)


@pytest.mark.parametrize(
    "elements",
    [
        {"WindowCenter": 5, "WindowWidth": 0},
        {"WindowCenter": 5, "WindowWidth": -3},
        {"WindowCenter": 5, "WindowWidth": 1e-300, "VOILUTFunction": "SIGMOID"},
        {"RescaleSlope": 0, "RescaleIntercept": 0},
        {"RescaleSlope": 1e300, "RescaleIntercept": 1e300},
        {"VOILUTSequence": [lut_item(0, [])]},
        {"ModalityLUTSequence": [lut_item(0, [])]},
    ],
)
def test_absurd_display_numbers_still_give_a_picture(elements: dict[str, Any]) -> None:
    """B10."""
    assert len(drawn(image_object(_PIXELS, **elements))) == _PIXELS.size


@pytest.mark.parametrize("keyword", ["WindowWidth", "WindowCenter", "RescaleSlope", "RescaleIntercept"])
@pytest.mark.parametrize("text", [b"NaN", b"inf ", b"-inf", b"1A"])
def test_a_number_that_is_none_is_put_aside_with_a_note(keyword: str, text: bytes) -> None:
    """B10."""
    dataset = image_object(_PIXELS, WindowCenter=5, WindowWidth=10, RescaleSlope=1, RescaleIntercept=0)
    tag = Tag(tag_for_keyword(keyword) or 0)
    dataset[tag] = RawDataElement(tag, "DS", len(text), text, 0, False, True)
    assert len(only_picture(dataset).rendering.notes) == 1


def test_the_reason_survives_the_way_between_processes() -> None:
    sent = NoPicture(NoPictureReason.SIZE, "too large")
    received = pickle.loads(pickle.dumps(sent))
    assert (received.reason, received.detail) == (sent.reason, sent.detail)


@pytest.mark.parametrize(
    "name", ["MR_small_RLE.dcm", "MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm", "SC_rgb_jpeg_dcmtk.dcm"]
)
def test_a_damaged_stream_gives_pictures_or_no_picture(name: str) -> None:
    """B9: whatever bytes are damaged."""

    @settings(max_examples=40, deadline=None)
    @given(some.lists(some.tuples(some.floats(0, 0.999), some.integers(0, 255)), min_size=1, max_size=6))
    def damaged(changes: list[tuple[float, int]]) -> None:
        dataset = _sample(name)
        stream = bytearray(_frame(dataset))
        for place, byte in changes:
            stream[int(place**3 * len(stream))] = byte
        dataset.PixelData = encapsulate([bytes(stream)])
        with contextlib.suppress(NoPicture):
            assert len(list(render(dataset))) == 1

    damaged()

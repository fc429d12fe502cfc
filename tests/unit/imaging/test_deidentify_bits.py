"""What lies in bits that no reader looks at does not leave, whatever the encoding, and the samples stay the same."""

from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pydicom import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import (
    JPEG2000,
    UID,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from imaging.deidentify.deidentify import CannotClean
from imaging.deidentify.unused_bits import native_without_unused_bits
from imaging.pixels.frames import stored_pixels
from tests.makers import ct_dataset
from tests.unit.imaging.test_deidentify import cleaned

pytestmark = pytest.mark.filterwarnings("ignore")
_ROWS, _COLUMNS = 64, 80
_LOSS: dict[str, dict[str, Any]] = {JPEGLSNearLossless: {"jls_error": 2}, JPEG2000: {"j2k_cr": [2]}}


def hiding(stored: int, high: int, signed: bool, syntax: str = ExplicitVRLittleEndian, secret: int = 1) -> Dataset:
    """A 16-bit image in whose unused bits a pattern stands (`secret` of every bit there), sign bits aside."""
    chance = np.random.default_rng(7)
    values = chance.integers(-(1 << stored - 1) if signed else 0, 1 << (stored - signed), (_ROWS, _COLUMNS))
    samples = (values << (high + 1 - stored)).astype("<i4") & 0xFFFF
    if secret:
        unused = 0xFFFF & ~(((1 << stored) - 1) << (high + 1 - stored))
        samples = (samples & ~unused) | (np.where(values % 3 == 0, unused, 0))
    dataset = ct_dataset(
        Rows=_ROWS, Columns=_COLUMNS, BitsAllocated=16, BitsStored=16, HighBit=15, PixelRepresentation=int(signed),
        PixelData=samples.astype("<u2").tobytes(),
    )  # fmt: skip
    if syntax != ExplicitVRLittleEndian:
        dataset.compress(UID(syntax), generate_instance_uid=False, **_LOSS.get(syntax, {}))
    dataset.BitsStored, dataset.HighBit = stored, high
    return dataset


def all_bits(dataset: Dataset) -> npt.NDArray[Any]:
    """The samples as they lie in the file, unused bits too."""
    dataset.BitsStored, dataset.HighBit = 16, 15
    (frame,) = stored_pixels(dataset).frames
    return frame.values.astype("<u2")


def samples_of(dataset: Dataset) -> npt.NDArray[Any]:
    (frame,) = stored_pixels(dataset).frames
    return frame.values


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless])
@pytest.mark.parametrize(("stored", "high"), [(12, 11), (10, 9), (15, 14), (12, 15), (8, 7), (9, 12)])
@pytest.mark.parametrize("signed", [False, True])
def test_unused_bits_are_zero_or_the_sign(syntax: str, stored: int, high: int, signed: bool) -> None:
    dataset = hiding(stored, high, signed, syntax)
    before = samples_of(dataset)
    after = cleaned(dataset)
    assert np.array_equal(samples_of(after), before)
    left = all_bits(after).view("<i2" if signed else "<u2").astype(int)
    low = high + 1 - stored
    assert not np.any(left & ((1 << low) - 1))
    assert left.min() >= (-(1 << high) if signed else 0)
    assert left.max() < 1 << (high + (0 if signed else 1))


def test_an_overlay_that_says_where_it_lies_is_cleared_as_well() -> None:
    dataset = hiding(12, 11, True)
    dataset.add_new(0x60000102, "US", 12)
    after = cleaned(dataset)
    assert 0x60000102 not in after
    assert np.array_equal(all_bits(after).view("<i2"), samples_of(hiding(12, 11, True)))


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEGLSNearLossless, JPEG2000Lossless, JPEG2000])
@pytest.mark.parametrize(("stored", "high"), [(12, 11), (10, 9), (12, 15)])
@pytest.mark.parametrize("signed", [False, True])
def test_where_stream_and_header_disagree_of_used_bits_the_image_is_held_back(
    syntax: str, stored: int, high: int, signed: bool
) -> None:
    with pytest.raises(CannotClean, match="unused"):
        cleaned(hiding(stored, high, signed, syntax))


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEG2000Lossless])
def test_frames_with_nothing_in_unused_bits_leave_as_they_came(syntax: str) -> None:
    dataset = hiding(12, 11, False, syntax, secret=0)
    assert np.array_equal(samples_of(cleaned(dataset)), samples_of(dataset))


def test_bytes_behind_the_segments_of_rle_do_not_leave() -> None:
    dataset = hiding(12, 11, False, RLELossless, secret=0)
    (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
    dataset["PixelData"].value = encapsulate([frame + b"Canaryname"])
    with suppress(CannotClean):  # a decoder that does not take them is as good
        assert b"Canaryname" not in cleaned(dataset).PixelData


def test_samples_of_32_bits_in_rle_stay_as_they_were() -> None:
    values = np.random.default_rng(5).integers(0, 1 << 32, (_ROWS, _COLUMNS), "u4")
    layout = hiding(12, 11, False)
    layout.BitsAllocated = layout.BitsStored = 32
    layout.HighBit = 31
    planes = values.astype(">u4").tobytes()
    segments = [_packed(planes[byte::4]) for byte in range(4)]
    offsets = np.cumsum([64, *map(len, segments[:-1])])
    header = np.array([4, *offsets, *[0] * 11], "<u4").tobytes()
    layout["PixelData"].value = encapsulate([header + b"".join(segments)])
    layout["PixelData"].is_undefined_length = True
    layout.file_meta.TransferSyntaxUID = RLELossless
    assert np.array_equal(samples_of(cleaned(layout)), values)


def _packed(plane: bytes) -> bytes:
    """Literal runs of 128 bytes (PS3.5 G.3.1)."""
    return b"".join(bytes([127]) + plane[start : start + 128] for start in range(0, len(plane), 128))


def test_every_frame_and_colour_of_rle_stays_as_it_was() -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (3, _ROWS, _COLUMNS, 3), "u1")
    dataset = ct_dataset(
        Rows=_ROWS, Columns=_COLUMNS, BitsAllocated=8, BitsStored=8, HighBit=7, PixelRepresentation=0, NumberOfFrames=3,
        SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0, PixelData=pixels.tobytes(),
    )  # fmt: skip
    dataset.compress(RLELossless, generate_instance_uid=False)
    found = stored_pixels(cleaned(dataset)).frames
    assert np.array_equal(np.stack([frame.values for frame in found]), pixels)


@pytest.mark.parametrize("allocated", [8, 32])
def test_other_widths_are_cleared_as_well(allocated: int) -> None:
    dataset = Dataset()
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = allocated, 6, 5, 0
    value = np.array([0xFF, 0x81, 0x3F], f"<u{allocated // 8}").tobytes()
    assert native_without_unused_bits(dataset, value) == np.array([0x3F, 1, 0x3F], f"<u{allocated // 8}").tobytes()


def test_samples_of_a_big_endian_file_are_cleared_in_their_order() -> None:
    dataset = hiding(12, 11, False)
    dataset.set_original_encoding(False, False)
    swapped = np.array([0xF123, 0x0456], ">u2").tobytes()
    assert native_without_unused_bits(dataset, swapped) == np.array([0x0123, 0x0456], ">u2").tobytes()


def test_samples_that_are_no_whole_bytes_are_held_back() -> None:
    dataset = Dataset()
    dataset.BitsAllocated, dataset.BitsStored = 12, 10
    with pytest.raises(CannotClean):
        native_without_unused_bits(dataset, b"abc")

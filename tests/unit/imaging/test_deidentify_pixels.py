"""Pixel data of one object on its way out: what hides beside the samples goes, the samples stay (reliability E9)."""

import pytest
from pydicom import DataElement, Dataset
from pydicom.uid import UID

from imaging.deidentify.deidentify import CannotClean, deidentify
from imaging.pixels.dataset import pixel_dataset
from imaging.pixels.render import render
from tests.makers import ct_dataset, file_bytes
from tests.unit.imaging.test_deidentify import SUBJECT, cleaned, replaced

pytestmark = pytest.mark.filterwarnings("ignore")


def test_pixels_are_the_same_and_nothing_hides_behind_them() -> None:
    """E9"""
    dataset = ct_dataset()
    before = file_bytes(dataset)
    dataset.PixelData = bytes(dataset.PixelData) + b"behind"
    after = deidentify(file_bytes(dataset), SUBJECT, replaced)
    assert [one.png for one in render(pixel_dataset(before))] == [one.png for one in render(pixel_dataset(after))]
    assert b"behind" not in after


@pytest.mark.parametrize("hidden", [0, 1, 30])
@pytest.mark.parametrize("frames", [1, 2])
def test_colour_that_is_not_subsampled_keeps_every_sample(frames: int, hidden: int) -> None:
    """YBR_FULL_422 with three bytes a pixel is read as YBR_FULL, and leaves under that name."""
    samples = bytes(range(6 * 4 * 3)) * frames
    dataset = _colour_422(samples + b"\7" * hidden, frames)
    made = cleaned(dataset)
    assert made.PixelData == samples
    assert made.PhotometricInterpretation == "YBR_FULL"


def test_subsampled_colour_stays_subsampled() -> None:
    samples = bytes(range(6 * 4 * 2))
    made = cleaned(_colour_422(samples + b"\7" * 4, 1))
    assert (made.PixelData, made.PhotometricInterpretation) == (samples, "YBR_FULL_422")


@pytest.mark.parametrize("missing", [2, 20])
def test_fewer_bytes_than_described_do_not_leave(missing: int) -> None:
    dataset = ct_dataset()
    dataset.PixelData = dataset.PixelData[:-missing]
    with pytest.raises(CannotClean, match="shorter"):
        cleaned(dataset)
    with pytest.raises(CannotClean, match="shorter"):
        cleaned(_colour_422(bytes(6 * 4 * 2 - missing), 1))


def test_overlay_planes_in_unused_bits_are_cleared() -> None:
    dataset = ct_dataset()
    dataset.PixelData = (0xF001).to_bytes(2, "little") * 256
    dataset.add_new(0x60000102, "US", 12)
    assert cleaned(dataset).PixelData == (0x0001).to_bytes(2, "little") * 256


def test_frames_of_an_unknown_form_are_not_let_out() -> None:
    dataset = ct_dataset()
    dataset["PixelData"] = DataElement(
        0x7FE00010, "OB", b"\xfe\xff\x00\xe0\x00\x00\x00\x00\xfe\xff\x00\xe0\x04\x00\x00\x00abcd"
    )
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.102")
    with pytest.raises(CannotClean):
        deidentify(file_bytes(dataset), SUBJECT, replaced)


def _colour_422(samples: bytes, frames: int) -> Dataset:
    dataset = ct_dataset()
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel, dataset.PlanarConfiguration = 4, 6, 3, 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    dataset.PhotometricInterpretation, dataset.NumberOfFrames = "YBR_FULL_422", str(frames)
    dataset.PixelData = samples
    dataset["PixelData"].VR = "OB"
    return dataset

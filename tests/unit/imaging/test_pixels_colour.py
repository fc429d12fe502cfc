"""Colour frames: converted once, palettes read as written."""

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file

from imaging.pixels.errors import NoPicture, NoPictureReason
from imaging.pixels.render import render
from tests.unit.imaging.pixel_objects import Array, image_object, only_picture, seen

# The eight bars of pydicom's SC_rgb samples, light and dark.
_BARS = [(255, 0, 0), (255, 128, 128), (0, 255, 0), (128, 255, 128), (0, 0, 255), (128, 128, 255), (0, 0, 0)]


def _bars(name: str) -> Array:
    """The colour in the middle of each bar of a shipped sample."""
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    picture = seen(next(iter(render(dcmread(path)))).png)
    return picture[[5, 15, 25, 35, 45, 55, 65], 50].astype(int)


def _palette_object(indices: list[int], first: int = 0, entries: int = 3, bits: int = 16) -> Dataset:
    dataset = image_object(np.array([indices], np.uint8), PhotometricInterpretation="PALETTE COLOR")
    tables = {"Red": [0, 65535, 0], "Green": [0, 0, 65535], "Blue": [65535, 0, 0]}
    for colour, table in tables.items():
        words = np.array(table[:entries], "<u2") >> (16 - bits)
        dataset.add_new(f"{colour}PaletteColorLookupTableDescriptor", "US", [entries, first, bits])
        dataset.add_new(f"{colour}PaletteColorLookupTableData", "OW", words.tobytes())
    return dataset


@pytest.mark.parametrize(
    "name",
    [
        "SC_rgb_rle.dcm",
        "SC_rgb_rle_16bit.dcm",
        "SC_rgb_rle_32bit.dcm",
        "SC_rgb_rle_2frame.dcm",
        "SC_ybr_full_422_uncompressed.dcm",
        "SC_rgb_jpeg_dcmtk.dcm",
        "SC_rgb_jpeg_gdcm.dcm",
        "SC_rgb_jpeg_lossy_gdcm.dcm",
        "SC_rgb_dcmtk_+eb+cr.dcm",
        "SC_rgb_dcmtk_+eb+cy+n1.dcm",
        "SC_rgb_dcmtk_+eb+cy+n2.dcm",
        "SC_rgb_dcmtk_+eb+cy+np.dcm",
        "SC_rgb_dcmtk_+eb+cy+s2.dcm",
        "SC_rgb_dcmtk_+eb+cy+s4.dcm",
        "SC_rgb_jls_lossy_line.dcm",
        "SC_rgb_jls_lossy_sample.dcm",
    ],
)
def test_one_picture_looks_the_same_in_every_colour_encoding(name: str) -> None:
    assert abs(_bars(name) - np.array(_BARS)).max() <= 6


def test_planes_and_pixels_give_the_same_picture() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (6, 4, 3), np.uint8)
    planar = image_object(pixels, PlanarConfiguration=1, PixelData=pixels.transpose(2, 0, 1).tobytes())
    assert np.array_equal(seen(only_picture(planar).png), pixels)


def test_ybr_full_is_converted_by_the_standards_matrix() -> None:
    """PS3.3 C.7.6.3.1.2: pure red is (76, 85, 255)."""
    pixels = np.array([[[76, 85, 255], [128, 128, 128]]], np.uint8)
    picture = seen(only_picture(image_object(pixels, PhotometricInterpretation="YBR_FULL")).png)
    assert abs(picture[0].astype(int) - [[254, 0, 0], [128, 128, 128]]).max() <= 1


def test_sixteen_bit_colour_keeps_its_upper_byte() -> None:
    pixels = np.array([[[0xFF00, 0x8000, 0x00FF]]], "<u2")
    assert seen(only_picture(image_object(pixels)).png).tolist() == [[[255, 128, 0]]]


@pytest.mark.parametrize("bits", [16, 8])
def test_a_palette_gives_its_colours(bits: int) -> None:
    picture = seen(only_picture(_palette_object([0, 1, 2], bits=bits)).png)
    assert picture.tolist() == [[[0, 0, 255], [255, 0, 0], [0, 255, 0]]]


def test_an_index_outside_the_palette_gets_its_first_or_last_colour() -> None:
    """B10 (CVE-2026-5445)."""
    picture = seen(only_picture(_palette_object([0, 255], first=5)).png)
    assert picture.tolist() == [[[0, 0, 255], [0, 255, 0]]]


@pytest.mark.parametrize("vr", ["US", "SS"])
@pytest.mark.parametrize("is_segmented", [False, True])
def test_indices_of_a_signed_palette_are_signed(is_segmented: bool, vr: str) -> None:
    """PS3.3 C.7.6.3.1.5: the entry of (index - first), of which both are signed; the outside gets the last or first."""
    indices = np.array([[-128, -2, -1, 0, 127]], np.int8)
    dataset = image_object(indices, PhotometricInterpretation="PALETTE COLOR")
    first, entries = -2 if vr == "SS" else 65534, [0x1000, 0x8000, 0xFF00]
    table = [0, len(entries), *entries] if is_segmented else entries
    for colour in ("Red", "Green", "Blue"):
        dataset.add_new(f"{colour}PaletteColorLookupTableDescriptor", vr, [3, first, 16])
        keyword = f"{'Segmented' if is_segmented else ''}{colour}PaletteColorLookupTableData"
        dataset.add_new(keyword, "OW", np.array(table, "<u2").tobytes())
    assert seen(only_picture(dataset).png)[0, :, 0].tolist() == [16, 16, 128, 255, 255]


def test_a_palette_without_entries_is_refused() -> None:
    """B10: a table of 0 entries."""
    dataset = _palette_object([0, 1], entries=3)
    dataset.RedPaletteColorLookupTableData = b""
    with pytest.raises(NoPicture) as refused:
        only_picture(dataset)
    assert refused.value.reason is NoPictureReason.BAD_PALETTE


def test_a_segmented_palette_is_unfolded() -> None:
    """PS3.3 C.7.9.2: one discrete segment of two entries, one line to the third."""
    dataset = image_object(np.array([[0, 1, 2]], np.uint8), PhotometricInterpretation="PALETTE COLOR")
    segments = np.array([0, 2, 0, 0x8000, 1, 1, 0xFF00], "<u2").tobytes()
    for colour in ("Red", "Green", "Blue"):
        dataset.add_new(f"{colour}PaletteColorLookupTableDescriptor", "US", [3, 0, 16])
        dataset.add_new(f"Segmented{colour}PaletteColorLookupTableData", "OW", segments)
    assert seen(only_picture(dataset).png)[0, :, 0].tolist() == [0, 128, 255]

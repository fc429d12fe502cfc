"""A colour frame: RGB, YBR or palette indices → eight bits of red, green and blue (PS3.3 C.7.6.3.1.2, C.7.6.3.1.5)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom import Dataset
from pydicom.pixels.processing import apply_color_lut

from imaging.pixels.dataset import UNREADABLE
from imaging.pixels.errors import NoPicture, NoPictureReason
from imaging.pixels.luts import as_signed, read_lut

Rgb = npt.NDArray[np.uint8]
_COLOURS = ("Red", "Green", "Blue")


def draw_colour(values: npt.NDArray[Any], bits: int, photometric: str) -> Rgb:
    """RGB of shape (rows, columns, 3) from samples of `bits` bits, converted from YBR where they are that."""
    samples = _eight_bits(values, bits)
    if photometric == "RGB":
        return samples
    rows, columns, _ = samples.shape
    picture = Image.frombuffer("YCbCr", (columns, rows), samples, "raw", "YCbCr", 0, 1)
    return np.asarray(picture.convert("RGB"))


@dataclass(frozen=True)
class Palette:
    """`colours` of shape (indices, 3), the first of them that of the least index."""

    least: int
    colours: Rgb


def read_palette(dataset: Dataset, bits: int, is_signed: bool) -> Palette:
    """The colour of every index of `bits` bits. NoPicture(bad_palette) without usable tables."""
    count = 1 << min(bits, 16)
    least = -count // 2 if is_signed else 0
    indices = np.arange(least, least + count)
    luts = [read_lut(dataset, f"{name}PaletteColorLookupTableDescriptor", f"{name}PaletteColorLookupTableData",
                     is_signed) for name in _COLOURS]  # fmt: skip
    found = [lut for lut in luts if lut is not None]
    if len(found) != len(_COLOURS):
        return Palette(least, _segmented_colours(dataset, indices, is_signed))
    columns = np.stack([lut.look_up(indices) for lut in found], axis=-1)
    # Tables that declare 16 bits and hold 8 are common; shifting those would draw black.
    return Palette(least, (columns >> 8 if columns.max() > 255 else columns).astype(np.uint8))


def draw_palette(indices: npt.NDArray[Any], palette: Palette) -> Rgb:
    places = np.clip(indices.astype(np.int64) - palette.least, 0, len(palette.colours) - 1)
    return np.asarray(palette.colours[places], np.uint8)


def _segmented_colours(dataset: Dataset, indices: npt.NDArray[Any], is_signed: bool) -> Rgb:
    """C.7.9.2: tables written as runs and lines, which pydicom unfolds; it knows no signed first index."""
    try:
        first = int(dataset.RedPaletteColorLookupTableDescriptor[1])
        places = np.clip(indices - (as_signed(first) if is_signed else first), 0, None) + first
        colours = apply_color_lut(places[None, :], dataset)[0]
    except UNREADABLE as error:
        raise NoPicture(NoPictureReason.BAD_PALETTE, "the palette's tables are missing or damaged") from error
    eight_bits = colours >> 8 if colours.dtype.itemsize > 1 else colours
    return np.asarray(eight_bits[:, :3], np.uint8)


def _eight_bits(values: npt.NDArray[Any], bits: int) -> Rgb:
    unsigned = values.view(f"u{values.dtype.itemsize}")
    if bits > 8:
        return (unsigned >> (bits - 8)).astype(np.uint8)
    if bits < 8:
        return (unsigned * (255 / ((1 << bits) - 1))).astype(np.uint8)
    return unsigned.astype(np.uint8, copy=False)

"""A colour frame: RGB, YBR or palette indices → eight bits of red, green and blue (PS3.3 C.7.6.3.1.2, C.7.6.3.1.5)."""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom import Dataset
from pydicom.pixels.processing import apply_color_lut

from imaging.luts import read_lut
from imaging.no_picture import NoPicture, NoPictureReason
from imaging.pixel_elements import UNREADABLE

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


def palette_table(dataset: Dataset, bits: int) -> Rgb:
    """The colour of every index from 0 to 2**bits - 1, shape (2**bits, 3). NoPicture(bad_palette) without tables."""
    indices = np.arange(1 << min(bits, 16), dtype=np.uint16)
    luts = [read_lut(dataset, f"{name}PaletteColorLookupTableDescriptor", f"{name}PaletteColorLookupTableData")
            for name in _COLOURS]  # fmt: skip
    found = [lut for lut in luts if lut is not None]
    if len(found) != len(_COLOURS):
        return _segmented_table(dataset, indices)
    columns = np.stack([lut.look_up(indices) for lut in found], axis=-1)
    # Tables that declare 16 bits and hold 8 are common; shifting those would draw black.
    return (columns >> 8 if columns.max() > 255 else columns).astype(np.uint8)


def draw_palette(indices: npt.NDArray[Any], table: Rgb) -> Rgb:
    return np.asarray(table[np.clip(indices, 0, len(table) - 1)], np.uint8)


def _segmented_table(dataset: Dataset, indices: npt.NDArray[np.uint16]) -> Rgb:
    """C.7.9.2: tables written as runs and lines, which pydicom unfolds."""
    try:
        colours = apply_color_lut(indices[None, :], dataset)[0]
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

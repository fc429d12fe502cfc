"""A grey frame: stored values → modality values → eight bits, MONOCHROME1 inverted last, padding black.

Sixteen bits have only 65,536 values: the whole way is worked out once per value and then looked up per pixel.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from imaging.pixels.luts import Floats, Lut
from imaging.pixels.voi import Voi, to_grey

_BAND_PIXELS = 1 << 20


@dataclass(frozen=True)
class Modality:
    """From stored to real values (PS3.3 C.11.1): a table, else a line."""

    slope: float = 1.0
    intercept: float = 0.0
    lut: Lut | None = None

    def apply(self, stored: npt.NDArray[Any]) -> Floats:
        if self.lut is not None:
            return self.lut.look_up(stored).astype(np.float64)
        # An extreme slope overflows to infinity, which is drawn as black or white.
        with np.errstate(over="ignore", invalid="ignore"):
            return stored.astype(np.float64) * self.slope + self.intercept


@dataclass(frozen=True)
class GreyRecipe:
    """All that turns a stored value into grey. `padding` are the first and last stored value that mean no image."""

    modality: Modality
    voi: Voi
    inverted: bool
    padding: tuple[float, float] | None


def draw_grey(stored: npt.NDArray[Any], recipe: GreyRecipe) -> npt.NDArray[np.uint8]:
    """Eight bits of grey for each stored value, same shape."""
    if stored.dtype.itemsize <= 2 and stored.size * 2 >= 1 << (8 * stored.dtype.itemsize):
        table = _table(recipe, stored.dtype.str)
        return np.asarray(table[stored.view(f"u{stored.dtype.itemsize}")], np.uint8)
    grey = np.empty(stored.shape, np.uint8)
    # In bands, or a large frame would need many times its size in floating point values.
    rows = max(1, _BAND_PIXELS // stored.shape[1])
    for first in range(0, stored.shape[0], rows):
        grey[first : first + rows] = _drawn(stored[first : first + rows], recipe)
    return grey


def is_padding(stored: npt.NDArray[Any], padding: tuple[float, float]) -> npt.NDArray[np.bool_]:
    return (stored >= padding[0]) & (stored <= padding[1])


@lru_cache(maxsize=64)
def _table(recipe: GreyRecipe, dtype: str) -> npt.NDArray[np.uint8]:
    """The grey of every word a pixel can hold, by the word's unsigned value. Slices of a series mostly share one."""
    kind = np.dtype(dtype)
    words = np.arange(1 << (8 * kind.itemsize), dtype=f"<u{kind.itemsize}")
    return _drawn(words.view(kind), recipe)


def _drawn(stored: npt.NDArray[Any], recipe: GreyRecipe) -> npt.NDArray[np.uint8]:
    grey = to_grey(recipe.modality.apply(stored), recipe.voi)
    if recipe.inverted:
        np.subtract(255, grey, out=grey)
    dark = ~np.isfinite(stored) if stored.dtype.kind == "f" else None
    if recipe.padding is not None:
        padding = is_padding(stored, recipe.padding)
        dark = padding if dark is None else dark | padding
    if dark is not None:
        grey[dark] = 0
    return grey

"""From values to eight bits of grey: a window, a table, or a range (PS3.3 C.11.2)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from imaging.pixels.luts import Floats, Lut

LOW_PERCENTILE, HIGH_PERCENTILE = 0.005, 0.995
_WHITE = 255.0


@dataclass(frozen=True)
class Window:
    """`function` is LINEAR, LINEAR_EXACT or SIGMOID; see `usable_window` for the widths each can have."""

    center: float
    width: float
    function: str


@dataclass(frozen=True)
class Range:
    """`low` is drawn black, `high` white."""

    low: float
    high: float


Voi = Window | Range | Lut


def usable_window(center: float, width: float, function: str, of_floats: bool = False) -> Window | None:
    """The window if its numbers make sense, else None.

    LINEAR counts whole values and needs a width of 1 or more (C.11.2.1.2.1). Over floating point pixels, and where a
    smaller width is given all the same, the exact line of C.11.2.1.3.2 is meant.
    """
    if not (np.isfinite(center) and np.isfinite(width)) or width <= 0:
        return None
    known = function if function in ("LINEAR_EXACT", "SIGMOID") else "LINEAR"
    is_exact = known == "LINEAR" and (of_floats or width < 1)
    return Window(center, width, "LINEAR_EXACT" if is_exact else known)


def to_grey(values: Floats, voi: Voi) -> npt.NDArray[np.uint8]:
    """0 (black) to 255 for each value, rounded to the nearest; what is not a number is black."""
    # Absurd windows overflow to infinity, which is black or white.
    with np.errstate(over="ignore", invalid="ignore"):
        if isinstance(voi, Lut):
            grey = voi.look_up(values) / ((1 << voi.bits) - 1) * _WHITE
        elif isinstance(voi, Window):
            grey = _through_window(values, voi)
        else:
            grey = _between(values, voi.low, voi.high)
    rounded = np.clip(np.nan_to_num(grey, nan=0.0), 0.0, _WHITE) + 0.5
    return np.asarray(rounded, np.uint8)


def percentile_range(values: npt.NDArray[Any], used: npt.NDArray[np.bool_] | None) -> tuple[float, float]:
    """The 0.5th and 99.5th percentile of the stored values that are `used` (all, when None).

    A percentile is the smallest value that this share of the values does not exceed. Where both are one value (a small
    bright object on much background) it is the smallest and the largest instead. (0, 0) without any value.
    """
    counted, counts = _histogram(values, used)
    if not len(counted):
        return 0.0, 0.0
    shares = np.cumsum(counts) / counts.sum()
    low, high = (counted[np.searchsorted(shares, share)] for share in (LOW_PERCENTILE, HIGH_PERCENTILE))
    return (float(low), float(high)) if low < high else (float(counted[0]), float(counted[-1]))


def _histogram(
    values: npt.NDArray[Any], used: npt.NDArray[np.bool_] | None
) -> tuple[npt.NDArray[Any], npt.NDArray[np.intp]]:
    """Distinct values in order, and how many there are of each."""
    chosen = values.ravel() if used is None else values[used]
    if chosen.dtype.itemsize > 2:
        return np.unique(chosen, return_counts=True)
    # Counting 65,536 possible words is ten times faster than sorting the pixels.
    lowest = int(np.iinfo(chosen.dtype).min)
    counts = np.bincount(chosen.astype(np.intp) - lowest)
    present = np.flatnonzero(counts)
    return present + lowest, counts[present]


def _through_window(values: Floats, window: Window) -> Floats:
    center, width = window.center, window.width
    if window.function == "SIGMOID":  # C.11.2.1.3.1
        exponent = np.clip(-4.0 * (values - center) / width, -700.0, 700.0)
        return np.asarray(_WHITE / (1.0 + np.exp(exponent)))
    if window.function == "LINEAR_EXACT":
        return _between(values, center - width / 2, center + width / 2)
    # C.11.2.1.2.1: the line ends half a step within each edge, so that `width` whole values are told apart.
    return _between(values, center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2)


def _between(values: Floats, low: float, high: float) -> Floats:
    """The line from black at `low` to white at `high`; a step when they are one value."""
    if low >= high:
        return np.where(values > low, _WHITE, 0.0)
    return (values - low) / (high - low) * _WHITE

"""What is kept of a CT or MR image's pixels to compare it with others: a coarse map of the body's mean intensity.

Sixteen numbers a centimetre are not needed to see contrast medium arrive, and a few hundred bytes an image are.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from imaging.pixels.grayscale import Modality

# Blocks along each side of a map; of a head 9 mm wide, of a trunk 15 mm.
GRID = 24
_HEAD = struct.Struct("<ff")  # the value of level 0, and of each level more; level 0 is no body
MEASURED = frozenset({"CT", "MR"})
# So much of a CT's body is as bright as enhanced vessels, and no bone, only with an agent (`make eval-phase-pixels`).
LOOKS_ENHANCED = 0.005
# Of a single slice it takes more: spongy bone of a skull can be so bright in one.
SLICE_LOOKS_ENHANCED = 0.01
# No agent makes more of a body so bright: a phantom is, a fruit, or a test pattern.
MOST_ENHANCED = 0.35
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# Pixels are averaged into cells first, about this many along a side: noise goes, and time is saved.
_CELLS = 128
_AIR_HU, _HU_STEP = -200.0, 4.0
# Of MR the part of the 98th percentile below which there is air.
_AIR_PART = 0.12
# Blood, kidneys and heart after an injection; without one only bone (and what was swallowed) is as bright.
_BRIGHT_HU = (130.0, 600.0)
_DENSE_HU = 500.0


@dataclass(frozen=True)
class BodyIntensity:
    """`map` as `read_map` reads it; `body_cells` of the image are body, `bright_cells` of them (CT) look enhanced."""

    map: bytes
    body_cells: int
    bright_cells: int

    @property
    def bright_part(self) -> float:
        """Of the body, 0 to 1."""
        return self.bright_cells / self.body_cells


class BodyMeter:
    """Takes the frames of one CT or MR object and gives the mean over them."""

    def __init__(self, modality: str) -> None:
        self._is_ct = modality == "CT"
        self._sums = np.zeros((GRID, GRID))
        self._body = np.zeros((GRID, GRID))
        self._all = np.zeros((GRID, GRID))
        self._bright = 0

    def add(self, stored: npt.NDArray[Any], modality: Modality) -> None:
        """One frame of stored values (rows, columns); frames too small for a map, or not of whole numbers, are left."""
        if stored.dtype.kind == "f" or stored.ndim != 2 or min(stored.shape) < GRID or modality.lut is not None:
            return
        factor = max(1, min(stored.shape) // _CELLS)
        cells = _cells(stored, factor) * np.float32(modality.slope) + np.float32(modality.intercept)
        body = cells > (_AIR_HU if self._is_ct else _air_of(cells))
        counted = body.astype(np.float32)
        self._sums += _by_block(cells * counted)
        self._body += _by_block(counted)
        self._all += _block_sizes(body.shape)
        if self._is_ct:
            self._bright += _bright_cells(cells, stored, factor, modality)

    def intensity(self) -> BodyIntensity | None:
        """None when no frame could be measured, or none shows a body."""
        is_body = self._body * 2 >= np.maximum(self._all, 1)
        if not is_body.any():
            return None
        means = np.where(is_body, self._sums / np.maximum(self._body, 1), 0)
        floor, step = (_AIR_HU, _HU_STEP) if self._is_ct else (0.0, float(means.max()) / 254)
        if not np.isfinite(step) or step <= 0:
            return None
        levels = np.where(is_body, np.clip(np.rint((means - floor) / step), 1, 255), 0).astype(np.uint8)
        return BodyIntensity(_HEAD.pack(floor, step) + levels.tobytes(), int(self._body.sum()), self._bright)


def read_map(packed: bytes) -> Floats:
    """Mean modality values of shape (GRID, GRID), NaN outside the body, and everywhere for what is no such map."""
    if len(packed) != _HEAD.size + GRID * GRID:
        return np.full((GRID, GRID), np.nan, np.float32)
    floor, step = _HEAD.unpack_from(packed)
    levels = np.frombuffer(packed, np.uint8, offset=_HEAD.size).reshape(GRID, GRID)
    return np.where(levels == 0, np.float32(np.nan), levels * np.float32(step) + np.float32(floor))


def _cells(stored: npt.NDArray[Any], factor: int) -> Floats:
    """Means of squares of `factor` pixels, of large squares from two lines each; what is left over is not looked at."""
    kind = np.int32 if stored.dtype.itemsize <= 2 else np.float64
    rows, columns = (size // factor * factor for size in stored.shape)
    whole = stored[:rows, :columns]
    used = range(0, factor, max(1, factor // 2))
    lines = _sum(whole[place::factor].astype(kind) for place in used)
    sums = _sum(lines[:, place::factor] for place in used)
    return (sums / len(used) ** 2).astype(np.float32)


def _sum(arrays: Iterable[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return reduce(np.add, arrays)


def _air_of(cells: Floats) -> float:
    sample = cells[::2, ::2].ravel()
    place = int(0.98 * (sample.size - 1))
    return _AIR_PART * float(np.partition(sample, place)[place])


def _by_block(values: Floats) -> Floats:
    rows, columns = (np.arange(GRID) * size // GRID for size in values.shape)
    return np.add.reduceat(np.add.reduceat(values, rows, axis=0), columns, axis=1)


def _block_sizes(shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
    rows, columns = (np.diff(np.arange(GRID + 1) * size // GRID) for size in shape)
    return np.multiply.outer(rows, columns)


def _bright_cells(cells: Floats, stored: npt.NDArray[Any], factor: int, modality: Modality) -> int:
    """Cells of large bright regions that no cortical bone reaches."""
    line = cells.shape[1] + 1
    bright = _packed((cells >= _BRIGHT_HU[0]) & (cells <= _BRIGHT_HU[1]))
    cores = _eroded(bright, line)
    if not cores:
        return 0
    bone = _reached(_packed(_dense(stored, factor, modality)), bright, line)
    return (_dilated(cores & ~bone, line) & bright & ~bone).bit_count()


def _dense(stored: npt.NDArray[Any], factor: int, modality: Modality) -> Mask:
    """Cells with a pixel of cortical bone, calcium or metal in them."""
    rows, columns = (size // factor * factor for size in stored.shape)
    lines = reduce(np.maximum, (stored[place:rows:factor] for place in range(factor)))
    peaks = reduce(np.maximum, (lines[:, place:columns:factor] for place in range(factor)))
    return np.asarray(peaks > (_DENSE_HU - modality.intercept) / modality.slope, np.bool_)


def _packed(mask: Mask) -> int:
    """A bit for each cell, a bit of nothing after each line: a whole mask moves in one shift, ten times as fast."""
    return int.from_bytes(np.packbits(np.pad(mask, ((0, 0), (0, 1)))).tobytes(), "big")


def _reached(seeds: int, through: int, line: int) -> int:
    reached = seeds
    while (grown := seeds | (_dilated(reached, line) & through)) != reached:
        reached = grown
    return reached


def _dilated(mask: int, line: int) -> int:
    """With all eight neighbours of each cell; `line` is the bits of a line."""
    wide = mask | mask << 1 | mask >> 1
    return wide | wide << line | wide >> line


def _eroded(mask: int, line: int) -> int:
    narrow = mask & mask << 1 & mask >> 1
    return narrow & narrow << line & narrow >> line

"""NIfTI-1 as scanners' images are usually turned into it: rows from the last to the first, RAS+ millimetres.

Written by hand, since what a volume holds is decided before: 348 bytes of header and the slices one after the other
(nifti1.h of the NIfTI Data Format Working Group).
"""

import gzip
import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from imaging.header.orientation import slice_normal
from imaging.volume.frame_facts import FrameFacts

_LEVEL = 4  # four times as fast as 6 on sixteen bits, and hardly larger
_HEADER_BYTES, _DATA_START = 348, 352
_MILLIMETRES_AND_SECONDS = 2 | 8
_SCANNER = 1  # NIFTI_XFORM_SCANNER_ANAT
# Columns further from a right angle than this are no rotation (a leaning gantry).
_LARGEST_COSINE = 0.0087
_CODES = {"u1": (2, 8), "i2": (4, 16), "f4": (16, 32), "rgb": (128, 24)}

Affine = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NiftiType:
    """How a volume's values are kept: `name` is u1, i2, f4 or rgb; real value = `slope` · kept + `intercept`."""

    name: str
    slope: float = 1.0
    intercept: float = 0.0


def volume_affine(slices: Sequence[FrameFacts]) -> Affine:
    """From (column, row counted from the last, slice) to RAS+ mm, of one volume's slices along their normal.

    A stack that leans gives a sheared affine, which is exact. Each slice has a place and a pixel spacing. Raises
    ArithmeticError for numbers that make no space.
    """
    first, last = slices[0], slices[-1]
    assert first.orientation is not None
    assert first.position is not None
    assert last.position is not None
    assert first.pixel_spacing is not None
    between_rows, between_columns = first.pixel_spacing
    row, column = _unit(first.orientation[:3]) * between_columns, _unit(first.orientation[3:]) * between_rows
    start = np.asarray(first.position, np.float64)
    if len(slices) > 1:
        step = (np.asarray(last.position, np.float64) - start) / (len(slices) - 1)
    else:
        step = np.asarray(slice_normal(first.orientation)) * _thickness(first)
    affine = np.eye(4)
    affine[:3, :3] = np.stack([row, -column, step], axis=1)
    affine[:3, 3] = start + column * (first.rows - 1)
    affine[:2] *= -1  # DICOM's x and y point to the left hand and to the back (PS3.3 C.7.6.2.1.1)
    if not np.isfinite(affine).all() or not np.linalg.det(affine[:3, :3]):
        raise ArithmeticError("the slices' places and spacings span no space")
    return affine + 0.0  # no negative zeros


def type_for(kinds: Iterable[tuple[str, float, float, float, float]]) -> NiftiType:
    """Of slices given by (numpy type, least, largest value, slope, intercept): the smallest type that loses nothing.

    Whole numbers in sixteen bits where one line leads all of them to real values, else real values in 32 bits.
    """
    known = list(kinds)
    lines = {(slope, intercept) for _, _, _, slope, intercept in known}
    if len(lines) > 1 or any("f" in name for name, *_ in known):
        return NiftiType("f4")
    slope, intercept = lines.pop()
    least, largest = min(low for _, low, *_ in known), max(high for _, _, high, *_ in known)
    if all(name.endswith("u1") for name, *_ in known):
        return NiftiType("u1", slope, intercept)
    return NiftiType("i2", slope, intercept) if least >= -(1 << 15) and largest < 1 << 15 else NiftiType("f4")


def kept_values(values: npt.NDArray[Any], slope: float, intercept: float, kind: NiftiType) -> bytes:
    """One slice as the file holds it: rows from the last to the first."""
    turned = values[::-1]
    if kind.name == "f4":
        return (turned.astype(np.float64) * slope + intercept).astype("<f4").tobytes()
    return turned.astype({"u1": "u1", "i2": "<i2", "rgb": "u1"}[kind.name]).tobytes()


def write_nifti(
    path: Path, shape: Sequence[int], kind: NiftiType, affine: Affine, step_seconds: float, slices: Iterable[bytes]
) -> None:
    """A .nii.gz of shape (columns, rows, slices[, volumes]); `slices` as `kept_values` gives them, in order.

    The same volume is the same bytes: no name and no time in the gzip header (RFC 1952).
    """
    with path.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed:
        packed.write(_header(shape, kind, affine, step_seconds).ljust(_DATA_START, b"\0"))
        for body in slices:
            packed.write(body)


def _header(shape: Sequence[int], kind: NiftiType, affine: Affine, step_seconds: float) -> bytes:
    code, bits = _CODES[kind.name]
    zooms = np.linalg.norm(affine[:3, :3], axis=0)
    rotation, is_rotation = affine[:3, :3] / zooms, _is_rotation(affine[:3, :3] / zooms)
    hand = -1.0 if np.linalg.det(rotation) < 0 else 1.0
    quaternion = _quaternion(rotation * [1, 1, hand]) if is_rotation else (0.0, 0.0, 0.0)
    sizes = [len(shape), *shape, *[1] * (7 - len(shape))]
    pixdim = [hand, *zooms, step_seconds if len(shape) > 3 else 0.0, 0.0, 0.0, 0.0]
    return b"".join([
        struct.pack("<i36x", _HEADER_BYTES),
        struct.pack("<8h", *sizes),
        struct.pack("<14x2h2x", code, bits),
        struct.pack("<8f", *pixdim),
        struct.pack("<3f", _DATA_START, kind.slope, kind.intercept),
        struct.pack("<3xB8x8x8x80x24x", _MILLIMETRES_AND_SECONDS),
        struct.pack("<2h", _SCANNER if is_rotation else 0, _SCANNER),
        struct.pack("<6f", *quaternion, *affine[:3, 3]),
        struct.pack("<12f", *affine[:3].ravel()),
        struct.pack("<16x4s", b"n+1\0"),
    ])  # fmt: skip


def _is_rotation(columns: Affine) -> bool:
    return bool(np.abs(columns.T @ columns - np.eye(3)).max() <= _LARGEST_COSINE)


def _quaternion(rotation: Affine) -> tuple[float, float, float]:
    """The last three parts of the unit quaternion with a first part of at least 0 (nifti1.h, method 2)."""
    r = rotation
    parts = [
        [1 + r[0, 0] + r[1, 1] + r[2, 2], r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]],
        [r[2, 1] - r[1, 2], 1 + r[0, 0] - r[1, 1] - r[2, 2], r[0, 1] + r[1, 0], r[0, 2] + r[2, 0]],
        [r[0, 2] - r[2, 0], r[0, 1] + r[1, 0], 1 - r[0, 0] + r[1, 1] - r[2, 2], r[1, 2] + r[2, 1]],
        [r[1, 0] - r[0, 1], r[0, 2] + r[2, 0], r[1, 2] + r[2, 1], 1 - r[0, 0] - r[1, 1] + r[2, 2]],
    ]
    # The row of the largest part is the one that no rounding spoils.
    best = max(range(4), key=lambda place: parts[place][place])
    length = math.sqrt(sum(part * part for part in parts[best]))
    sign = -1.0 if parts[best][0] < 0 else 1.0
    _, b, c, d = (float(sign * part / length) for part in parts[best])
    return b, c, d


def _unit(direction: Sequence[float]) -> npt.NDArray[np.float64]:
    vector = np.asarray(direction, np.float64)
    return vector / np.linalg.norm(vector)


def _thickness(facts: FrameFacts) -> float:
    """Of a single slice: how far the next one would lie."""
    known = (abs(value) for value in (facts.spacing_between_slices, facts.slice_thickness) if value)
    return next(known, 1.0)

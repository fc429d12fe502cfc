"""Where slices lie along their normal, in which order, and what is odd about a stack of them."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import median

from imaging.orientation import Vector, angle_degrees, dot, slice_normal

_SAME_PLACE_MM = 0.01
_SAME_DIRECTION_DEGREES = 0.5
_TILT_DEGREES = 0.5


@dataclass(frozen=True)
class Slice:
    """What the checks need of one image; positions in mm of patient coordinates (PS3.3 C.7.6.2)."""

    sop_uid: str
    orientation: tuple[float, ...]
    position: tuple[float, ...]
    acquisition_number: int | None = None
    instance_number: int | None = None


class GeometryFinding(StrEnum):
    """What can be odd about a stack."""

    NO_POSITION = "NO_POSITION"
    MIXED_ORIENTATION = "MIXED_ORIENTATION"
    DUPLICATE_POSITION = "DUPLICATE_POSITION"
    GAP = "GAP"
    IRREGULAR_SPACING = "IRREGULAR_SPACING"
    GANTRY_TILT = "GANTRY_TILT"
    MISSING_INSTANCE_NUMBERS = "MISSING_INSTANCE_NUMBERS"


@dataclass(frozen=True)
class GeometryReport:
    """`spacing_mm` is the median step, None below two places; `findings` gives each oddity its sentence."""

    slice_count: int
    spacing_mm: float | None
    findings: dict[GeometryFinding, str]

    @property
    def is_regular(self) -> bool:
        """Is this a volume: one orientation, even steps, nothing twice, nothing missing?"""
        return not self.findings.keys() - {GeometryFinding.MISSING_INSTANCE_NUMBERS}


def slice_position(orientation: Sequence[float], position: Sequence[float]) -> float | None:
    """n · ImagePositionPatient: mm along the slice normal; None when either is missing or flawed."""
    normal = slice_normal(orientation)
    if normal is None or len(position) != 3 or not all(math.isfinite(value) for value in position):
        return None
    return dot(normal, position)


def in_slice_order(slices: Sequence[Slice]) -> list[Slice]:
    """Along the normal, then by acquisition and instance number; images without a place come last."""
    return sorted(slices, key=_order)


def series_geometry(slices: Sequence[Slice]) -> GeometryReport:
    """Checks one stack, that is one phase group: time points of a dynamic series would be each other's duplicates.

    Of several orientations the commonest is looked at further.
    """
    placed = [one for one in in_slice_order(slices) if slice_position(one.orientation, one.position) is not None]
    directions = _directions(placed)
    placed = [one for one in placed if _faces(one, directions)]
    places = [_place(one) for one in placed]
    steps = [after - before for before, after in pairwise(places)]
    strides = [step for step in steps if step > _SAME_PLACE_MM]
    sentences = {
        GeometryFinding.NO_POSITION: _no_position(slices, directions),
        GeometryFinding.MIXED_ORIENTATION: _mixed_orientation(directions),
        GeometryFinding.DUPLICATE_POSITION: _duplicates(steps),
        GeometryFinding.GAP: _gaps(strides),
        GeometryFinding.IRREGULAR_SPACING: _irregular(strides),
        GeometryFinding.GANTRY_TILT: _tilt(placed, directions),
        GeometryFinding.MISSING_INSTANCE_NUMBERS: _missing_numbers(slices),
    }
    findings = {finding: sentence for finding, sentence in sentences.items() if sentence}
    return GeometryReport(len(slices), round(median(strides), 4) if strides else None, findings)


def _order(one: Slice) -> tuple[bool, float, float, float, str]:
    place = slice_position(one.orientation, one.position)
    acquisition = math.inf if one.acquisition_number is None else one.acquisition_number
    instance = math.inf if one.instance_number is None else one.instance_number
    return place is None, round(place or 0.0, 3), acquisition, instance, one.sop_uid


def _place(one: Slice) -> float:
    place = slice_position(one.orientation, one.position)
    assert place is not None
    return place


def _directions(placed: Sequence[Slice]) -> Counter[Vector]:
    found: Counter[Vector] = Counter()
    for one in placed:
        normal = slice_normal(one.orientation)
        assert normal is not None
        found[next((known for known in found if _is_one_way(known, normal)), normal)] += 1
    return found


def _faces(one: Slice, directions: Counter[Vector]) -> bool:
    normal = slice_normal(one.orientation)
    return normal is not None and _is_one_way(directions.most_common(1)[0][0], normal)


def _is_one_way(one: Vector, other: Vector) -> bool:
    """A picture turned round has another orientation: along its normal the positions run the other way."""
    return dot(one, other) > 0 and angle_degrees(one, other) <= _SAME_DIRECTION_DEGREES


def _no_position(slices: Sequence[Slice], directions: Counter[Vector]) -> str | None:
    missing = len(slices) - directions.total()
    return f"{missing} of {len(slices)} images do not say where they lie" if missing else None


def _mixed_orientation(directions: Counter[Vector]) -> str | None:
    counts = ", ".join(str(count) for _, count in directions.most_common())
    return f"{len(directions)} orientations, of {counts} images" if len(directions) > 1 else None


def _duplicates(steps: Sequence[float]) -> str | None:
    count = sum(step <= _SAME_PLACE_MM for step in steps)
    return f"{count} images lie where another one lies" if count else None


def _gaps(strides: Sequence[float]) -> str | None:
    wide = [step for step in strides if step > 1.5 * median(strides)]
    return f"{len(wide)} gaps, the widest {max(wide):.2f} mm where {median(strides):.2f} mm is usual" if wide else None


def _irregular(strides: Sequence[float]) -> str | None:
    if not strides:
        return None
    usual = median(strides)
    uneven = [step for step in strides if abs(step - usual) > max(0.05, 0.02 * usual) and step <= 1.5 * usual]
    return f"{len(uneven)} steps differ from the usual {usual:.2f} mm" if uneven else None


def _tilt(placed: Sequence[Slice], directions: Counter[Vector]) -> str | None:
    if not placed:
        return None
    way = [last - first for first, last in zip(placed[0].position, placed[-1].position, strict=True)]
    if math.hypot(*way) <= _SAME_PLACE_MM:
        return None
    angle = angle_degrees(way, directions.most_common(1)[0][0])
    return f"the stack leans {angle:.1f} degrees from the slice normal" if angle > _TILT_DEGREES else None


def _missing_numbers(slices: Sequence[Slice]) -> str | None:
    """Numbers that rise by a constant step (one time point out of three: 1, 4, 7) miss nothing."""
    numbers = sorted({one.instance_number for one in slices if one.instance_number is not None})
    if len(numbers) < 2:
        return None
    step = math.gcd(*(after - before for before, after in pairwise(numbers)))
    missing = (numbers[-1] - numbers[0]) // step + 1 - len(numbers)
    return f"{missing} instance numbers between {numbers[0]} and {numbers[-1]} are not there" if missing else None

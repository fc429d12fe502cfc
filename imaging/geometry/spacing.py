"""Where slices lie along their normal, and whether those of one volume follow each other evenly."""

import math
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from statistics import median

from imaging.header.orientation import Vector, angle_degrees, dot, slice_normal

SAME_PLACE_MM = 0.01
_TILT_DEGREES = 0.5
_GAP_STEPS = 1.5
# Positions rounded to 0.1 mm lie up to 0.05 mm from where they were.
_ROUNDING_MM, _UNEVEN_STEPS, _MOST_UNEVEN_STEPS = 0.0501, 0.01, 0.25
_TRIES = 30


class GeometryFinding(StrEnum):
    """What can be odd about a stack."""

    NO_POSITION = "NO_POSITION"
    MIXED_ORIENTATION = "MIXED_ORIENTATION"
    DUPLICATE_POSITION = "DUPLICATE_POSITION"
    GAP = "GAP"
    IRREGULAR_SPACING = "IRREGULAR_SPACING"
    GANTRY_TILT = "GANTRY_TILT"
    MISSING_INSTANCE_NUMBERS = "MISSING_INSTANCE_NUMBERS"


def slice_position(orientation: Sequence[float], position: Sequence[float]) -> float | None:
    """n · ImagePositionPatient: mm along the slice normal; None when either is missing or flawed."""
    normal = slice_normal(orientation)
    if normal is None or len(position) != 3 or not all(math.isfinite(value) for value in position):
        return None
    return dot(normal, position)


def slice_spacing(normal: Vector, positions: Sequence[Vector]) -> float | None:
    """The median step in mm along the normal, of positions in their order; None below two places."""
    strides = _strides(normal, positions)
    return round(median(strides), 4) if strides else None


def spacing_findings(normal: Vector, positions: Sequence[Vector]) -> dict[GeometryFinding, str]:
    """What is odd about slices at these positions, in their order along the normal: each with a sentence."""
    strides = _strides(normal, positions)
    sentences = {
        GeometryFinding.GAP: _gaps(strides),
        GeometryFinding.IRREGULAR_SPACING: _irregular(normal, positions, strides),
        GeometryFinding.GANTRY_TILT: _tilt(normal, positions),
    }
    return {finding: sentence for finding, sentence in sentences.items() if sentence}


def missing_numbers(instance_numbers: Sequence[int]) -> str | None:
    """Numbers that rise by a constant step (one time point out of three: 1, 4, 7) miss nothing."""
    numbers = sorted(set(instance_numbers))
    if len(numbers) < 2:
        return None
    step = math.gcd(*(after - before for before, after in pairwise(numbers)))
    missing = (numbers[-1] - numbers[0]) // step + 1 - len(numbers)
    return f"{missing} instance numbers between {numbers[0]} and {numbers[-1]} are not there" if missing else None


def _strides(normal: Vector, positions: Sequence[Vector]) -> list[float]:
    places = [dot(normal, position) for position in positions]
    return [step for before, after in pairwise(places) if (step := after - before) > SAME_PLACE_MM]


def _gaps(strides: Sequence[float]) -> str | None:
    wide = [step for step in strides if step > _GAP_STEPS * median(strides)]
    return f"{len(wide)} gaps, the widest {max(wide):.2f} mm where {median(strides):.2f} mm is usual" if wide else None


def _irregular(normal: Vector, positions: Sequence[Vector], strides: Sequence[float]) -> str | None:
    """Slices that do not lie where even steps on one line would put them; a gap has its own sentence."""
    if len(strides) < 2:
        return None
    usual = median(strides)
    most = min(max(_ROUNDING_MM, _UNEVEN_STEPS * usual), _MOST_UNEVEN_STEPS * usual)
    if any(step > _GAP_STEPS * usual for step in strides):
        uneven = [step for step in strides if abs(step - usual) > 2 * most and step <= _GAP_STEPS * usual]
        return f"{len(uneven)} steps differ from the usual {usual:.2f} mm" if uneven else None
    if (off := _off_line([dot(normal, position) for position in positions], most)) > most:
        return f"slices lie up to {off:.2f} mm from where even steps of {usual:.2f} mm would put them"
    aside = max(_off_line(axis, 2 * most) for axis in zip(*positions, strict=True))
    return f"slices lie up to {aside:.2f} mm beside the line of the others" if aside > 2 * most else None


def _off_line(places: Sequence[float], enough: float) -> float:
    """How far the worst of these values lies from the best even progression, or from the mean one if that is enough."""

    def worst(step: float) -> float:
        left = [value - number * step for number, value in enumerate(places)]
        return (max(left) - min(left)) / 2

    mean = (places[-1] - places[0]) / (len(places) - 1)
    if (off := worst(mean)) <= enough:
        return off
    # Convex in the step: what is worst on either side of the mean step is closed in upon.
    reach = 2 * worst(mean) / (len(places) - 1)
    low, high = mean - reach, mean + reach
    for _ in range(_TRIES):
        third = (high - low) / 3
        low, high = (low + third, high) if worst(low + third) > worst(high - third) else (low, high - third)
    return worst((low + high) / 2)


def _tilt(normal: Vector, positions: Sequence[Vector]) -> str | None:
    way = [last - first for first, last in zip(positions[0], positions[-1], strict=True)]
    if len(positions) < 2 or math.hypot(*way) <= SAME_PLACE_MM:
        return None
    angle = angle_degrees(way, normal)
    return f"the stack leans {angle:.1f} degrees from the slice normal" if angle > _TILT_DEGREES else None

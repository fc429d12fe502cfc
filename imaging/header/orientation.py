"""Six direction cosines are two arrows, along a row and down a column; what is looked at lies across both."""

import math
from collections.abc import Sequence

# PS3.3 C.7.6.2.1.1: patient coordinates in mm, x to the left hand, y to the back, z to the head.
Vector = tuple[float, float, float]

# The standard wants the arrows orthogonal; devices round, so a small slant is let through.
_LARGEST_SLANT = 0.05


def orientation_flaw(orientation: Sequence[float]) -> str | None:
    """Why these six numbers say nothing about direction, in words; None when they do."""
    if len(orientation) != 6 or not all(math.isfinite(value) for value in orientation):
        return "the orientation is not six finite numbers"
    row, column = _scaled_to_one(orientation[:3]), _scaled_to_one(orientation[3:])
    if row is None or column is None:
        return "a direction of the orientation has no length"
    if abs(dot(row, column)) > _LARGEST_SLANT:
        return "the row and column directions are not at right angles"
    return None


def slice_normal(orientation: Sequence[float]) -> Vector | None:
    """The unit vector row × column; None when the orientation is flawed (see `orientation_flaw`)."""
    if orientation_flaw(orientation) is not None:
        return None
    row, column = _scaled_to_one(orientation[:3]), _scaled_to_one(orientation[3:])
    return None if row is None or column is None else _scaled_to_one(_cross(row, column))


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    """The scalar product."""
    return sum(a * b for a, b in zip(one, other, strict=True))


def angle_degrees(one: Sequence[float], other: Sequence[float]) -> float:
    """The angle between two lines, 0 to 90 degrees, whichever way their arrows point; 0 when one has no length."""
    lengths = math.hypot(*one) * math.hypot(*other)
    return math.degrees(math.acos(min(1.0, abs(dot(one, other)) / lengths))) if lengths else 0.0


def _scaled_to_one(vector: Sequence[float]) -> Vector | None:
    length = math.hypot(*vector)
    if not math.isfinite(length) or length < 1e-6:
        return None
    return vector[0] / length, vector[1] / length, vector[2] / length


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]

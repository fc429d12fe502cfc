"""What tells slices of one place apart: time, echo, b-value …; found by values that are the same at every place."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import Any

from imaging.geometry.spacing import SAME_PLACE_MM, slice_position
from imaging.header.orientation import dot
from imaging.volume.frame_facts import FrameFacts

_BESIDE_MM = 0.05


class Axis(StrEnum):
    """What can differ between slices of one series that lie at the same place."""

    TIME = "time"
    B_VALUE = "b-value"
    TRIGGER = "trigger"
    ACQUISITION = "acquisition"
    COMPONENT = "component"
    IMAGE_TYPE = "image type"
    KERNEL = "kernel"
    ECHO = "echo"
    INVERSION = "inversion time"
    FLIP_ANGLE = "flip angle"
    REPETITION_TIME = "repetition time"
    SERIES_NUMBER = "series number"
    DIMENSION = "dimension"
    STACK = "stack"


@dataclass(frozen=True, slots=True)
class Slice:
    """One frame of one image; `pixel_sha256` where it is known, to tell a copy from another picture.

    `place` is in mm along the slice normal, None when the header does not say where the slice lies.
    """

    sop_uid: str
    facts: FrameFacts
    instance_number: int | None = None
    series_number: int | None = None
    frame_of_reference_uid: str | None = None
    pixel_sha256: str | None = None
    place: float | None = field(init=False, compare=False)

    def __post_init__(self) -> None:
        place = slice_position(self.facts.orientation or (), self.facts.position or ())
        object.__setattr__(self, "place", place)


@dataclass(frozen=True)
class Attribute:
    """One reading of an axis. `is_ranked`: values that wander a little are told by their order at each place.

    Then what comes later at one place is later than all before it elsewhere, too, unless it `may_overlap` (slices that
    are triggered one after the other).
    """

    axis: Axis
    of: Callable[[Slice], Any]
    is_ranked: bool = False
    may_overlap: bool = False


Labels = dict[Axis, Any]


def separated(slices: Sequence[Slice], by: Sequence[Attribute]) -> list[tuple[Labels, list[Slice]]]:
    """Slices of one place parted by each attribute whose values are the same at (nearly) every place."""
    places = by_place(slices)
    if any(len(place) > 1 for place in places):
        for attribute in by:
            rest = [one for one in by if one is not attribute]
            if parts := _parts(places, attribute):
                return [
                    ({attribute.axis: value} | labels, leaf)
                    for value, part in parts.items()
                    for labels, leaf in separated(part, rest)
                ]
    return [({}, list(slices))]


def by_place(slices: Sequence[Slice]) -> list[list[Slice]]:
    """Slices of one orientation along its normal, those of the same place together. Each has a place."""
    runs: list[list[Slice]] = []
    for one in sorted(slices, key=lambda one: one.place or 0.0):
        if runs and (one.place or 0.0) - (runs[-1][0].place or 0.0) <= SAME_PLACE_MM:
            runs[-1].append(one)
        else:
            runs.append([one])
    return [place for run in runs for place in _side_by_side(run)]


def beside(one: Slice) -> tuple[int, int]:
    """Where the slice lies across its normal, in whole mm: stacks may stand next to each other."""
    orientation, position = one.facts.orientation or (), one.facts.position or ()
    return round(dot(orientation[:3], position)), round(dot(orientation[3:], position))


def _side_by_side(run: Sequence[Slice]) -> list[list[Slice]]:
    places: list[list[Slice]] = []
    for one in run:
        same = (place for place in places if _apart_mm(place[0], one) <= _BESIDE_MM)
        if (place := next(same, None)) is not None:
            place.append(one)
        else:
            places.append([one])
    return places


def _apart_mm(one: Slice, other: Slice) -> float:
    return max(abs(a - b) for a, b in zip(one.facts.position or (), other.facts.position or (), strict=True))


def _parts(places: Sequence[Sequence[Slice]], attribute: Attribute) -> dict[Any, list[Slice]] | None:
    """None when the attribute does not say which slice of a place goes with which of another."""
    values = [[attribute.of(one) for one in place] for place in places]
    usual, count = Counter(frozenset(here) for here in values).most_common(1)[0]
    if len(usual) < 2 or 2 * count < len(places):
        values = _ranks(values, attribute.may_overlap) if attribute.is_ranked else []
    parts: defaultdict[Hashable, list[Slice]] = defaultdict(list)
    for place, here in zip(places, values, strict=False):
        for one, value in zip(place, here, strict=True):
            parts[value].append(one)
    return parts if len(parts) > 1 else None


def _ranks(values: Sequence[Sequence[Any]], may_overlap: bool) -> list[list[Any]]:
    """Each value as the median of those of its rank, where all places hold equally many; else nothing."""
    count = len(values[0])
    if any(None in here or len(here) != count or len(set(here)) != count for here in values):
        return []
    columns = list(zip(*map(sorted, values), strict=True))
    if not may_overlap and any(max(one) >= min(later) for one, later in pairwise(columns)):
        return []
    middle = [median(column) for column in columns]
    return [[middle[sorted(here).index(value)] for value in here] for here in values]

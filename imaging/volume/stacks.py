"""The volumes of a series: slices of one geometry, one of each place, and what goes on between them as a named axis.

A slice is in exactly one stack. What lies where another slice lies and differs in nothing is never a time point.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from imaging.geometry.spacing import GeometryFinding, missing_numbers, slice_spacing, spacing_findings
from imaging.header.orientation import slice_normal
from imaging.volume.dimensions import Attribute, Axis, Labels, Slice, beside, by_place, separated
from imaging.volume.frame_facts import FrameFacts

# Raised when the same slices would make other stacks.
STACK_RULES_VERSION = 1

_SAME_COSINE, _SAME_SPACING, _SAME_POSITION_MM = 0.005, 0.001, 0.05
_MOST_NAMED = 5
# These leave a stack a volume: other images are elsewhere, or lie another way.
_NOTES = frozenset({GeometryFinding.MISSING_INSTANCE_NUMBERS, GeometryFinding.MIXED_ORIENTATION})


@dataclass(frozen=True)
class Stack:
    """Slices along one normal: one volume, or several of the same places along `axis`, each with its value.

    Time is in seconds after the first (else the number of the time point), echo, inversion, repetition and trigger in
    ms, b-value in s/mm². `variant` is what sets it apart from other stacks of the series. `repeated` are copies of its
    slices, pixel for pixel, which are in none of its volumes.
    """

    volumes: tuple[tuple[Slice, ...], ...]
    axis: Axis | None = None
    axis_values: tuple[Any, ...] = ()
    variant: Mapping[Axis, Any] = field(default_factory=dict)
    spacing_mm: float | None = None
    findings: Mapping[GeometryFinding, str] = field(default_factory=dict)
    repeated: tuple[Slice, ...] = ()

    @property
    def slices(self) -> list[Slice]:
        """All of them, copies last."""
        return [*(one for volume in self.volumes for one in volume), *self.repeated]

    @property
    def flaws(self) -> set[GeometryFinding]:
        """What makes it no volume of even steps along its normal."""
        copies = {GeometryFinding.DUPLICATE_POSITION} if self.repeated else set()
        return set(self.findings) - _NOTES - copies

    @property
    def is_regular(self) -> bool:
        """Is this a volume: one orientation, even steps, nothing twice, nothing missing?"""
        return not self.flaws

    @property
    def is_grid(self) -> bool:
        """As `is_regular`, or leaning: an affine with a shear describes it exactly."""
        return self.flaws <= {GeometryFinding.GANTRY_TILT}


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _diffusion(one: Slice) -> Hashable:
    weight, direction = one.facts.b_value, one.facts.b_direction
    return weight and round(weight), direction and weight and tuple(round(part, 2) for part in direction)


def _clock(one: Slice) -> float | None:
    moment = one.facts.acquired_at
    return (moment.replace(tzinfo=None) - datetime.min).total_seconds() if moment else None


# What makes another kind of picture is a stack of its own; what only goes on is an axis.
_APART = (
    Attribute(Axis.COMPONENT, lambda one: one.facts.component),
    Attribute(Axis.IMAGE_TYPE, lambda one: one.facts.image_type),
    Attribute(Axis.KERNEL, lambda one: one.facts.kernel),
    Attribute(Axis.ECHO, lambda one: _rounded(one.facts.echo_time_ms), is_ranked=True),
    Attribute(Axis.INVERSION, lambda one: _rounded(one.facts.inversion_time_ms), is_ranked=True),
    Attribute(Axis.FLIP_ANGLE, lambda one: _rounded(one.facts.flip_angle)),
)
_ALONG = (
    Attribute(Axis.B_VALUE, _diffusion),
    Attribute(Axis.TIME, lambda one: one.facts.temporal_position),
    Attribute(Axis.TRIGGER, lambda one: one.facts.trigger_time_ms, is_ranked=True, may_overlap=True),
    Attribute(Axis.ACQUISITION, lambda one: one.facts.acquisition_number, is_ranked=True),
    Attribute(Axis.TIME, _clock, is_ranked=True),
    Attribute(Axis.DIMENSION, lambda one: one.facts.dimensions),
)
_LAST = (
    Attribute(Axis.REPETITION_TIME, lambda one: _rounded(one.facts.repetition_time_ms)),
    Attribute(Axis.SERIES_NUMBER, lambda one: one.series_number),
)
_STACKS = (
    Attribute(Axis.STACK, lambda one: one.facts.stack_id),
    Attribute(Axis.STACK, lambda one: one.frame_of_reference_uid),
    Attribute(Axis.STACK, beside),
)
_ALONG_AXES = frozenset(one.axis for one in _ALONG)


def stacks_of(series: Sequence[Slice]) -> list[Stack]:
    """Every slice of a series in one stack, in whatever order they are given: the stacks of many slices first."""
    ordered = sorted(series, key=_number)
    placed = [one for one in ordered if one.place is not None]
    geometries = _alike(placed)
    found = [stack for slices in geometries for stack in _stacks(slices)]
    found.sort(key=lambda stack: -len(stack.slices))
    orientations = _orientations(geometries)
    if len(orientations) > 1:
        counts = ", ".join(str(count) for count in sorted(orientations, reverse=True))
        mixed = {
            GeometryFinding.MIXED_ORIENTATION: f"{len(orientations)} orientations in the series, of {counts} images"
        }
        found = [replace(stack, findings=mixed | dict(stack.findings)) for stack in found]
    if nowhere := tuple(one for one in ordered if one.place is None):
        sentence = f"{len(nowhere)} of {len(series)} images do not say where they lie"
        found.append(Stack((nowhere,), findings={GeometryFinding.NO_POSITION: sentence}))
    return found


def _number(one: Slice) -> tuple[bool, int, str, int]:
    return one.instance_number is None, one.instance_number or 0, one.sop_uid, one.facts.frame


def _alike(slices: Sequence[Slice]) -> list[list[Slice]]:
    """Those of one matrix, orientation and pixel spacing together."""
    found: list[list[Slice]] = []
    for one in slices:
        same = (group for group in reversed(found) if _is_alike(group[0].facts, one.facts))
        if (group := next(same, None)) is not None:
            group.append(one)
        else:
            found.append([one])
    return found


def _is_alike(one: FrameFacts, other: FrameFacts) -> bool:
    if (one.rows, one.columns) != (other.rows, other.columns) or not _is_one_way(one, other):
        return False
    if one.pixel_spacing is None or other.pixel_spacing is None:
        return one.pixel_spacing == other.pixel_spacing
    pairs = zip(one.pixel_spacing, other.pixel_spacing, strict=True)
    return all(abs(a - b) <= _SAME_SPACING * a for a, b in pairs)


def _is_one_way(one: FrameFacts, other: FrameFacts) -> bool:
    """A picture turned round has another orientation: along its normal the positions run the other way."""
    pairs = zip(one.orientation or (), other.orientation or (), strict=True)
    return all(abs(a - b) <= _SAME_COSINE for a, b in pairs)


def _orientations(geometries: Sequence[Sequence[Slice]]) -> list[int]:
    """How many slices look each way."""
    ways: list[tuple[FrameFacts, int]] = []
    for group in geometries:
        facts = group[0].facts
        place = next((place for place, (known, _) in enumerate(ways) if _is_one_way(known, facts)), None)
        if place is None:
            ways.append((facts, len(group)))
        else:
            ways[place] = ways[place][0], ways[place][1] + len(group)
    return [count for _, count in ways]


def _stacks(slices: Sequence[Slice]) -> list[Stack]:
    """Of slices of one geometry: parted by what tells them apart, and what covers the same places put together."""
    parts = [
        (first | second, part)
        for first, leaf in separated(slices, (*_APART, *_ALONG, *_LAST))
        for second, part in _parted_again(leaf)
    ]
    groups: list[list[tuple[Labels, Stack]]] = []
    for labels, part in parts:
        one = labels, _checked(part)
        same = (group for group in groups if _goes_with(group[0], one))
        if (group := next(same, None)) is not None:
            group.append(one)
        else:
            groups.append([one])
    return [stack for group in groups for stack in _assembled(group)]


def _parted_again(slices: list[Slice]) -> list[tuple[Labels, list[Slice]]]:
    """What differs in contrast is no volume together, and two stacks that stand apart may each be one."""
    apart = [one for one in _APART if one.axis is not Axis.IMAGE_TYPE]
    tried = apart if _checked(slices).is_grid else [*apart, *_STACKS, *_ALONG, *_APART, *_LAST]
    for attribute in tried:
        parts: defaultdict[Any, list[Slice]] = defaultdict(list)
        for one in slices:
            parts[attribute.of(one)].append(one)
        if len(parts) > 1 and all(len(part) > 1 and _checked(part).is_grid for part in parts.values()):
            return [({attribute.axis: value}, part) for value, part in parts.items()]
    return [({}, slices)]


def _checked(slices: Sequence[Slice]) -> Stack:
    """These slices as one volume, with what is odd about it."""
    places = by_place(slices)
    normal = slice_normal(places[0][0].facts.orientation or ())
    known = [position for place in places if (position := place[0].facts.position) is not None]
    assert normal is not None
    findings = spacing_findings(normal, known)
    again = [one for place in places for one in place[1:]]
    copies = all(one.pixel_sha256 and one.pixel_sha256 == place[0].pixel_sha256 for place in places for one in place)
    if again:
        findings = {GeometryFinding.DUPLICATE_POSITION: _duplicates(again, copies)} | findings
    kept = tuple(place[0] for place in places) if copies else tuple(one for place in places for one in place)
    stack = Stack((kept,), spacing_mm=slice_spacing(normal, known), findings=findings)
    return _numbered(replace(stack, repeated=tuple(again) if copies else ()))


def _duplicates(again: Sequence[Slice], copies: bool) -> str:
    numbers = [f"{one.instance_number}" for one in again[:_MOST_NAMED] if one.instance_number is not None]
    named = f" (instance numbers {', '.join(numbers)}{' …' if len(again) > _MOST_NAMED else ''})" if numbers else ""
    same = ", pixel for pixel the same" if copies else ""
    return f"{len(again)} images lie where another one lies{same}{named}"


def _numbered(stack: Stack) -> Stack:
    numbers = [one.instance_number for one in stack.slices if one.instance_number is not None]
    others = {name: text for name, text in stack.findings.items() if name != GeometryFinding.MISSING_INSTANCE_NUMBERS}
    missing = missing_numbers(numbers)
    return replace(stack, findings=others | ({GeometryFinding.MISSING_INSTANCE_NUMBERS: missing} if missing else {}))


def _goes_with(one: tuple[Labels, Stack], other: tuple[Labels, Stack]) -> bool:
    """Are both volumes of the same places, and alike in all that is no axis?"""
    (labels, stack), (more, another) = one, other
    if not (stack.is_grid and another.is_grid) or _apart(labels) != _apart(more):
        return False
    volume, second = stack.volumes[0], another.volumes[0]
    return len(volume) == len(second) and all(
        abs(a - b) <= _SAME_POSITION_MM
        for here, there in zip(volume, second, strict=True)
        for a, b in zip(here.facts.position or (), there.facts.position or (), strict=True)
    )


def _apart(labels: Labels) -> Labels:
    return {axis: value for axis, value in labels.items() if axis not in _ALONG_AXES}


def _assembled(group: Sequence[tuple[Labels, Stack]]) -> list[Stack]:
    """One stack of all volumes of the same places, in the order of what goes on."""
    labels, stack = group[0]
    if len(group) == 1:
        return [replace(stack, variant={axis: _shown(axis, value) for axis, value in labels.items()})]
    axis = next(one.axis for one in _ALONG if len({repr(mine.get(one.axis)) for mine, _ in group}) > 1)
    ordered = sorted(group, key=lambda one: _order(axis, *one))
    volumes = tuple(stack.volumes[0] for _, stack in ordered)
    values: tuple[Any, ...] = tuple(_shown(axis, mine.get(axis)) for mine, _ in ordered)
    if axis is not Axis.B_VALUE and (seconds := seconds_of(volumes)):
        axis, values = Axis.TIME, seconds
    variant = {name: _shown(name, value) for name, value in _apart(labels).items()}
    repeated = tuple(one for _, stack in ordered for one in stack.repeated)
    return [
        _numbered(replace(stack, volumes=volumes, axis=axis, axis_values=values, variant=variant, repeated=repeated))
    ]


def _order(axis: Axis, labels: Labels, stack: Stack) -> tuple[Any, ...]:
    """Diffusion as it was measured; else by the values, those of the named axis first."""
    first = min(map(_number, stack.volumes[0]))
    axes = [] if axis is Axis.B_VALUE else [axis, *(one.axis for one in _ALONG if one.axis is not Axis.B_VALUE)]
    return *((labels.get(name) is None, labels.get(name) or 0) for name in axes), first


def seconds_of(volumes: Sequence[Sequence[Slice]]) -> tuple[float, ...]:
    """When each volume began, in seconds after the first; empty unless every one is later than the one before."""
    begun = [[one.facts.acquired_at for one in volume if one.facts.acquired_at] for volume in volumes]
    if not all(begun):
        return ()
    starts = [min(times) for times in begun]
    seconds = tuple(round((start - starts[0]).total_seconds(), 6) for start in starts)
    return seconds if all(before < after for before, after in pairwise(seconds)) else ()


def _shown(axis: Axis, value: Any) -> Any:
    """A value as it is told: of diffusion the weight, of texts that make a type one text."""
    if axis is Axis.B_VALUE and isinstance(value, tuple):
        return value[0]
    return "\\".join(map(str, value)) if isinstance(value, tuple) else value

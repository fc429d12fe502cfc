"""A series becomes its volumes: by what varies, named; and what is no volume is told."""

from random import Random
from typing import Any

import pytest

from imaging.geometry.spacing import GeometryFinding
from imaging.volume.dimensions import Axis, Slice
from imaging.volume.stacks import Stack, stacks_of
from tests.unit.imaging.slices import AXIAL, CORONAL, SAGITTAL, after, at, one_slice

HEIGHTS = [0.0, 3.0, 6.0, 9.0]


def shape(stack: Stack) -> tuple[int, int]:
    return len(stack.volumes), len(stack.volumes[0])


def only(series: list[Slice]) -> Stack:
    (stack,) = stacks_of(series)
    return stack


def test_even_slices_are_one_volume_in_whatever_order_they_come() -> None:
    series = at(HEIGHTS)
    stack = only(series)
    assert (shape(stack), stack.axis, stack.spacing_mm, dict(stack.findings)) == ((1, 4), None, 3.0, {})
    shuffled = Random(4).sample(series, len(series))
    assert stacks_of(shuffled) == stacks_of(series)


def test_no_slice_is_lost_or_in_two_stacks() -> None:
    series = [*at(HEIGHTS), *at([0, 3, 3, 9], 5, orientation=CORONAL), *at([1, 2], 9, rows=8), one_slice(0, 11)]
    series.append(one_slice(0, 12, position=None))
    found = [one.sop_uid for stack in stacks_of(series) for one in stack.slices]
    assert sorted(found) == sorted(one.sop_uid for one in series)


VARYING: list[tuple[Axis, list[dict[str, Any]], list[Any]]] = [
    (Axis.TIME, [{"temporal_position": point} for point in (1, 2, 3)], [1, 2, 3]),
    (Axis.TIME, [{"acquired_at": after(4.5 * point)} for point in range(3)], [0.0, 4.5, 9.0]),
    (Axis.B_VALUE, [{"b_value": weight} for weight in (0.0, 500.0, 1000.0)], [0, 500, 1000]),
    (Axis.TRIGGER, [{"trigger_time_ms": 40.0 * point} for point in range(5)], [0.0, 40.0, 80.0, 120.0, 160.0]),
    (Axis.ACQUISITION, [{"acquisition_number": number} for number in (1, 2)], [1, 2]),
]


@pytest.mark.parametrize(("axis", "settings", "values"), VARYING)
def test_what_goes_on_is_an_axis(axis: Axis, settings: list[dict[str, Any]], values: list[Any]) -> None:
    series = [one for place, more in enumerate(settings) for one in at(HEIGHTS, 1 + 4 * place, **more)]
    stack = only(series[::-1])
    assert (stack.axis, list(stack.axis_values), shape(stack)) == (axis, values, (len(settings), 4))
    assert stack.is_regular


APART: list[tuple[Axis, list[dict[str, Any]], list[Any]]] = [
    (Axis.ECHO, [{"echo_time_ms": echo} for echo in (4.92, 7.38)], [4.92, 7.38]),
    (Axis.COMPONENT, [{"component": part} for part in ("MAGNITUDE", "PHASE")], ["MAGNITUDE", "PHASE"]),
    (Axis.INVERSION, [{"inversion_time_ms": time} for time in (100.0, 2500.0)], [100.0, 2500.0]),
    (Axis.FLIP_ANGLE, [{"flip_angle": angle} for angle in (3.0, 20.0)], [3.0, 20.0]),
    (Axis.REPETITION_TIME, [{"repetition_time_ms": time} for time in (500.0, 900.0)], [500.0, 900.0]),
    (Axis.IMAGE_TYPE, [{"image_type": (kind, "PRIMARY")} for kind in ("DERIVED", "ORIGINAL")],
     ["DERIVED\\PRIMARY", "ORIGINAL\\PRIMARY"]),
    (Axis.SERIES_NUMBER, [{"series_number": number} for number in (3, 301)], [3, 301]),
    (Axis.KERNEL, [{"kernel": kernel} for kernel in ("B30f", "B70f")], ["B30f", "B70f"]),
]  # fmt: skip


@pytest.mark.parametrize(("axis", "settings", "values"), APART)
def test_another_kind_of_picture_is_a_stack_of_its_own(
    axis: Axis, settings: list[dict[str, Any]], values: list[Any]
) -> None:
    series = [one for place, more in enumerate(settings) for one in at(HEIGHTS, 1 + 4 * place, **more)]
    stacks = stacks_of(series)
    assert sorted(stack.variant[axis] for stack in stacks) == values
    assert all(shape(stack) == (1, 4) and stack.is_regular for stack in stacks)


def test_echoes_over_time_are_one_stack_for_each_echo() -> None:
    series = [
        one
        for echo in (10.0, 30.0)
        for point in range(3)
        for one in at(HEIGHTS, echo_time_ms=echo, temporal_position=point + 1)
    ]
    stacks = stacks_of(series)
    assert [(stack.variant, stack.axis, shape(stack)) for stack in stacks] == [
        ({Axis.ECHO: echo}, Axis.TIME, (3, 4)) for echo in (10.0, 30.0)
    ]


def test_directions_of_one_weight_and_repeated_unweighted_volumes_are_one_axis() -> None:
    directions = [None, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), None, (0.0, 0.0, 1.0)]
    series = [
        one
        for place, direction in enumerate(directions)
        for one in at(
            HEIGHTS, 1 + 4 * place, b_value=1000.0 if direction else 0.0, b_direction=direction,
            acquired_at=after(3 * place),
        )
    ]  # fmt: skip
    stack = only(series)
    assert (stack.axis, list(stack.axis_values)) == (Axis.B_VALUE, [0, 1000, 1000, 0, 1000])
    assert [volume[0].facts.b_direction for volume in stack.volumes] == directions


def test_slices_triggered_one_after_the_other_are_phases_of_one_heart_beat() -> None:
    series = [
        one_slice(height, trigger_time_ms=50.0 * point + 3 * place)
        for place, height in enumerate(HEIGHTS)
        for point in range(20)
    ]
    stack = only(series)
    assert (stack.axis, shape(stack)) == (Axis.TRIGGER, (20, 4))


def test_times_that_differ_from_slice_to_slice_are_told_by_their_order() -> None:
    series = [
        one_slice(height, acquired_at=after(2.0 * point + 0.4 * place))
        for point in range(3)
        for place, height in enumerate(HEIGHTS)
    ]
    stack = only(series)
    assert (stack.axis, shape(stack), list(stack.axis_values)) == (Axis.TIME, (3, 4), [0.0, 2.0, 4.0])


@pytest.mark.parametrize(
    "names",
    [
        lambda place: {"acquisition_number": place},
        lambda place: {"frame_of_reference_uid": f"1.2.{place}"},
        lambda place: {"acquired_at": after(place)},
        lambda place: {"repetition_time_ms": 800.0 + place},
        lambda place: {"frame_of_reference_uid": f"1.2.{place // 2}", "acquisition_number": place // 2},
    ],
)
def test_groups_at_disjoint_places_are_one_volume(names: Any) -> None:
    series = [one_slice(height, place, **names(place)) for place, height in enumerate(HEIGHTS)]
    stack = only(series)
    assert (shape(stack), stack.axis, stack.is_regular) == ((1, 4), None, True)


def test_halves_of_another_contrast_are_no_volume_together() -> None:
    stacks = stacks_of([*at([0, 3, 6], flip_angle=5.0), *at([9, 12, 15], 4, flip_angle=25.0)])
    assert [(shape(stack), stack.variant) for stack in stacks] == [
        ((1, 3), {Axis.FLIP_ANGLE: 5.0}),
        ((1, 3), {Axis.FLIP_ANGLE: 25.0}),
    ]


def test_two_slabs_that_stand_apart_are_two_volumes() -> None:
    stacks = stacks_of([*at([0, 3, 6], stack_id="1"), *at([50, 53, 56], 4, stack_id="2")])
    assert [(shape(stack), stack.is_regular) for stack in stacks] == [((1, 3), True), ((1, 3), True)]


def test_stacks_side_by_side_are_two_volumes() -> None:
    left = [one_slice(0, place, position=(-80.0, 0.0, z)) for place, z in enumerate(HEIGHTS)]
    right = [one_slice(0, 4 + place, position=(80.0, 0.0, z)) for place, z in enumerate(HEIGHTS)]
    assert [(shape(stack), stack.is_regular) for stack in stacks_of(left + right)] == [((1, 4), True)] * 2


def test_a_doubled_slice_is_no_time_point() -> None:
    stack = only([*at(HEIGHTS), one_slice(3, 99, acquired_at=after(60))])
    assert (stack.axis, stack.is_regular) == (None, False)
    assert "99" in stack.findings[GeometryFinding.DUPLICATE_POSITION]


def test_a_copy_pixel_for_pixel_is_left_out_and_told() -> None:
    series = [one_slice(height, place, pixel_sha256=f"{place}") for place, height in enumerate(HEIGHTS)]
    copy = one_slice(3, 99, pixel_sha256="1")
    stack = only([*series, copy])
    assert (shape(stack), stack.repeated, stack.is_regular) == ((1, 4), (copy,), True)
    assert GeometryFinding.DUPLICATE_POSITION in stack.findings


def test_a_time_point_that_was_broken_off_stands_by_itself() -> None:
    series = [one for point in (1, 2, 3) for one in at(HEIGHTS, temporal_position=point)]
    stacks = stacks_of([*series, *at([0, 3], temporal_position=4)])
    assert [(shape(stack), stack.axis) for stack in stacks] == [((3, 4), Axis.TIME), ((1, 2), None)]
    assert stacks[1].variant == {Axis.TIME: 4}


def test_a_time_point_with_a_gap_leaves_the_others_a_volume() -> None:
    series = [*at([*HEIGHTS, 12.0], temporal_position=1), *at([0, 3, 9, 12], temporal_position=2)]
    regular, flawed = sorted(stacks_of(series), key=lambda stack: not stack.is_regular)
    assert (shape(regular), regular.is_regular) == ((1, 5), True)
    assert (shape(flawed), flawed.flaws) == ((1, 4), {GeometryFinding.GAP})


def test_each_orientation_is_a_volume_of_its_own() -> None:
    planes = {AXIAL: (0, 0, 1), CORONAL: (0, 1, 0), SAGITTAL: (-1, 0, 0)}
    series = [
        one_slice(0, place, orientation=orientation, position=tuple(5.0 * place * part for part in way))
        for orientation, way in planes.items()
        for place in range(3)
    ]
    stacks = stacks_of(series)
    assert [shape(stack) for stack in stacks] == [(1, 3)] * 3
    assert all(stack.is_regular and GeometryFinding.MIXED_ORIENTATION in stack.findings for stack in stacks)


def test_a_picture_turned_round_is_another_orientation() -> None:
    turned = one_slice(12, 5, orientation=(-1.0, 0.0, 0.0, 0.0, 1.0, 0.0))
    assert [shape(stack) for stack in stacks_of([*at(HEIGHTS), turned])] == [(1, 4), (1, 1)]


@pytest.mark.parametrize("odd", [{"rows": 8}, {"pixel_spacing": (2.0, 2.0)}])
def test_another_matrix_or_spacing_is_another_stack(odd: dict[str, Any]) -> None:
    assert [shape(stack) for stack in stacks_of([*at(HEIGHTS), *at(HEIGHTS, 5, **odd)])] == [(1, 4), (1, 4)]


def test_a_leaning_stack_is_a_grid_and_no_regular_volume() -> None:
    stack = only([one_slice(0, place, position=(0.0, 1.0 * place, 3.0 * place)) for place in range(5)])
    assert (stack.flaws, stack.is_grid, stack.is_regular) == ({GeometryFinding.GANTRY_TILT}, True, False)


def test_what_does_not_say_where_it_lies_is_no_volume() -> None:
    stacks = stacks_of([*at(HEIGHTS), one_slice(0, 5, position=None), one_slice(0, 6, orientation=None)])
    assert [set(stack.findings) for stack in stacks] == [set(), {GeometryFinding.NO_POSITION}]
    assert len(stacks[1].slices) == 2


def test_an_empty_series_has_no_stacks() -> None:
    assert stacks_of([]) == []

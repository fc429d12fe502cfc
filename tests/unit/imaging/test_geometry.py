"""Slices in order, and stacks that are not what they seem."""

import pytest

from imaging.geometry import GeometryFinding, Slice, in_slice_order, series_geometry, slice_position

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def stack(*heights: float, lean: float = 0.0) -> list[Slice]:
    """Axial slices at these heights in mm; `lean` moves each along y by that much per mm."""
    return [
        Slice(f"2.25.{number}", AXIAL, (0.0, lean * height, height), instance_number=number)
        for number, height in enumerate(heights, start=1)
    ]


def test_the_position_is_measured_along_the_normal() -> None:
    assert slice_position(AXIAL, (5, 6, 7.5)) == 7.5
    assert slice_position(CORONAL, (5, 6, 7.5)) == 6
    assert slice_position((2, 0, 0, 0, 2, 0), (0, 0, 3)) == 3


@pytest.mark.parametrize(
    ("orientation", "position"),
    [((), (0, 0, 0)), (AXIAL, ()), (AXIAL, (0, 0)), (AXIAL, (0, 0, float("inf"))), ((0.0,) * 6, (0, 0, 0))],
)
def test_what_says_nothing_of_its_place_has_none(orientation: tuple[float, ...], position: tuple[float, ...]) -> None:
    assert slice_position(orientation, position) is None


def test_slices_are_ordered_by_place_then_acquisition_then_instance() -> None:
    slices = [
        Slice("d", AXIAL, ()),
        Slice("c", AXIAL, (0, 0, 2), 2, 1),
        Slice("b", AXIAL, (0, 0, 2), 1, 9),
        Slice("a", AXIAL, (0, 0, 2), 1, 3),
        Slice("e", AXIAL, (0, 0, -2), 7, 7),
    ]
    assert [one.sop_uid for one in in_slice_order(slices)] == ["e", "a", "b", "c", "d"]
    assert in_slice_order(slices[::-1]) == in_slice_order(slices)


def test_an_even_stack_is_regular() -> None:
    report = series_geometry(stack(0, 2.5, 5, 7.5))
    assert report.is_regular
    assert (report.slice_count, report.spacing_mm, report.findings) == (4, 2.5, {})


def test_a_single_image_has_no_spacing_and_nothing_odd() -> None:
    report = series_geometry(stack(0))
    assert (report.spacing_mm, report.findings) == (None, {})


def test_rounding_of_positions_is_not_irregular() -> None:
    assert series_geometry(stack(0, 1.25, 2.49, 3.75)).findings == {}


@pytest.mark.parametrize(
    ("slices", "finding"),
    [
        ([*stack(0, 1, 2), Slice("x", (), (), instance_number=4)], GeometryFinding.NO_POSITION),
        ([*stack(0, 1, 2), Slice("x", CORONAL, (0, 0, 0), instance_number=4)], GeometryFinding.MIXED_ORIENTATION),
        (stack(0, 1, 1, 2), GeometryFinding.DUPLICATE_POSITION),
        (stack(0, 1, 2, 4, 5), GeometryFinding.GAP),
        (stack(0, 1, 2.2, 3.2, 4.2), GeometryFinding.IRREGULAR_SPACING),
        (stack(0, 1, 2, 3, lean=0.2), GeometryFinding.GANTRY_TILT),
        ([*stack(0, 1, 2), Slice("x", AXIAL, (0, 0, 3), instance_number=5)], GeometryFinding.MISSING_INSTANCE_NUMBERS),
    ],
)
def test_each_oddity_is_named_alone(slices: list[Slice], finding: GeometryFinding) -> None:
    assert list(series_geometry(slices).findings) == [finding]


def test_a_picture_turned_round_is_another_orientation() -> None:
    turned = Slice("x", (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0), (0, 0, 3))
    assert GeometryFinding.MIXED_ORIENTATION in series_geometry([*stack(0, 1, 2), turned]).findings


def test_one_time_point_of_three_misses_no_numbers() -> None:
    slices = [Slice(str(number), AXIAL, (0, 0, number), instance_number=number) for number in (1, 4, 7)]
    assert series_geometry(slices).findings == {}


def test_a_missing_number_does_not_make_a_volume_irregular() -> None:
    slices = [Slice(str(n), AXIAL, (0, 0, place), instance_number=n) for place, n in enumerate((1, 2, 4))]
    report = series_geometry(slices)
    assert report.is_regular
    assert GeometryFinding.MISSING_INSTANCE_NUMBERS in report.findings


def test_an_empty_series_is_no_error() -> None:
    assert series_geometry([]).slice_count == 0

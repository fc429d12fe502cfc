"""Where slices lie, and whether they follow each other evenly."""

import pytest

from imaging.geometry.spacing import GeometryFinding, missing_numbers, slice_position, slice_spacing, spacing_findings
from imaging.header.orientation import Vector

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
UP = (0.0, 0.0, 1.0)


def places(*heights: float, lean: float = 0.0) -> list[Vector]:
    """At these heights in mm; `lean` moves each along y by that much per mm."""
    return [(0.0, lean * height, height) for height in heights]


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


def test_a_single_slice_has_no_spacing_and_nothing_odd() -> None:
    assert slice_spacing(UP, places(0)) is None
    assert spacing_findings(UP, places(0)) == {}


@pytest.mark.parametrize("spacing", [0.3, 0.7, 1.35, 2.5, 5.0])
@pytest.mark.parametrize("start", [0.0, 0.025, -117.3])
def test_rounding_of_positions_to_a_tenth_is_not_irregular(spacing: float, start: float) -> None:
    rounded = places(*(round(start + number * spacing, 1) for number in range(40)))
    assert spacing_findings(UP, rounded) == {}


def test_positions_of_two_decimals_are_not_irregular() -> None:
    assert spacing_findings(UP, places(0, 1.25, 2.49, 3.75)) == {}


@pytest.mark.parametrize(
    ("positions", "finding"),
    [
        (places(0, 1, 2, 4, 5), GeometryFinding.GAP),
        (places(0, 1, 2.2, 3.2, 4.2), GeometryFinding.IRREGULAR_SPACING),
        (places(*range(20), *(19 + 1.2 * step for step in range(1, 20))), GeometryFinding.IRREGULAR_SPACING),
        ([*places(0, 1, 2, 3), (4.0, 0.0, 4.0)], GeometryFinding.IRREGULAR_SPACING),
        (places(0, 1, 2, 3, lean=0.2), GeometryFinding.GANTRY_TILT),
    ],
)
def test_each_oddity_is_named(positions: list[Vector], finding: GeometryFinding) -> None:
    assert finding in spacing_findings(UP, positions)


def test_numbers_that_rise_by_a_constant_step_miss_nothing() -> None:
    assert missing_numbers([1, 4, 7]) is None
    assert missing_numbers([3]) is None
    assert missing_numbers([1, 2, 4]) == "1 instance numbers between 1 and 4 are not there"

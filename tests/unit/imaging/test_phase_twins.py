"""Phases of contrast medium: twins, agents that mean nothing, and what must not be put in order."""

from typing import Any

import pytest

from imaging.phase.rules import Phase, PhaseDecision, PhaseSource
from tests.unit.imaging.phase_groups import SILENT, WITH_AGENT, group, phases

POST = PhaseDecision(Phase.POST_CONTRAST, PhaseSource.TEXT, 0.9, "SeriesDescription says +c")


def twins(*, later: float = 9, **first: Any) -> list[str]:
    plain = {"modality": "MR", "own": SILENT, "series_description": "Ax T1", "settings": frozenset({"EchoTime=9"})}
    marked = plain | {"own": POST, "series_description": "Ax T1 +C", "agent": True}
    return phases(group(3, 0, **(plain | first)), group(7, later, **marked))


def test_an_unmarked_twin_before_a_marked_one_is_without_contrast() -> None:
    assert twins() == [Phase.NON_CONTRAST, Phase.POST_CONTRAST]
    assert twins(agent=True, own=WITH_AGENT) == [Phase.NON_CONTRAST, Phase.POST_CONTRAST]
    assert twins(settings=frozenset({"EchoTime=9", "ScanOptions=FC"})) == [Phase.NON_CONTRAST, Phase.POST_CONTRAST]


@pytest.mark.parametrize(
    "other",
    [
        {"series_description": "Ax T2"},
        {"plane": "SAGITTAL"},
        {"settings": frozenset({"EchoTime=90"})},
        {"frame": "1.2"},
        {"low_mm": 900.0, "high_mm": 990.0},
        {"settings": frozenset({"EchoTime=9", "DERIVED"})},
    ],
)
def test_who_is_no_twin_learns_nothing_from_it(other: dict[str, Any]) -> None:
    assert twins(agent=None, **other)[0] == Phase.UNKNOWN


def test_the_agent_marks_a_twin_too_where_the_other_has_an_empty_one() -> None:
    made = {"modality": "MR", "series_description": "Ax T1", "settings": frozenset({"EchoTime=9"})}
    study = [group(3, 0, own=SILENT, agent=None, **made), group(7, 9, agent=True, **made)]
    assert phases(*study) == [Phase.NON_CONTRAST, Phase.POST_CONTRAST]


def test_twins_without_times_stand_in_the_order_of_their_numbers() -> None:
    made: dict[str, Any] = {"modality": "MR", "settings": frozenset({"EchoTime=9"}), "agent": None}
    first = group(3, own=SILENT, series_description="Ax T1", **made)
    assert phases(first, group(7, own=POST, series_description="Ax T1 +C", **made))[0] == Phase.NON_CONTRAST
    assert phases(first, group(2, own=POST, series_description="Ax T1 +C", **made))[0] != Phase.NON_CONTRAST


def test_an_export_that_relabelled_everything_is_put_in_order_all_the_same() -> None:
    lost = {"image_type_class": "SECONDARY", "settings": frozenset({"KVP=120", "RELABELLED"})}
    assert phases(group(1, 0, **lost), group(2, 5, agent=True, **lost)) == [Phase.NON_CONTRAST, Phase.POST_CONTRAST]
    scanned = group(3, 9, agent=True, series_description="Chest")
    assert phases(group(1, 0, own=SILENT, **lost), group(2, 5, agent=True, **lost), scanned)[0] == Phase.UNKNOWN


def test_what_comes_after_a_marked_twin_is_not_before_contrast() -> None:
    assert twins(later=-9, agent=None)[0] != Phase.NON_CONTRAST


def test_of_several_unmarked_before_none_is_named_by_its_twin() -> None:
    plain = {"modality": "MR", "own": SILENT, "agent": None}
    study = [group(3, 0, **plain), group(4, 2, **plain), group(5, 4, **(plain | {"own": POST}))]
    assert Phase.NON_CONTRAST not in phases(*study)


def test_a_portal_venous_scan_may_go_unmarked_before_a_delayed_one() -> None:
    delayed = PhaseDecision(Phase.DELAYED, PhaseSource.TEXT, 0.9, "")
    study = [group(3, 0, agent=None), group(4, 5, agent=None, own=delayed, series_description="Liver delayed")]
    assert Phase.NON_CONTRAST not in phases(*study)


# An agent typed in for the whole study.


def test_an_agent_on_the_localizer_too_says_nothing() -> None:
    planning = group(1, 0, agent=True, image_type_class="LOCALIZER", series_description="Topogram")
    study = [planning, group(2, 1, agent=True), group(3, 9, agent=True, series_description="Chest")]
    assert phases(*study) == [Phase.UNKNOWN] * 3
    assert phases(planning, group(2, 1, agent=True))[1] == Phase.POST_CONTRAST


def test_an_agent_on_every_mr_series_says_nothing() -> None:
    study = [group(n, n, modality="MR", agent=True, series_description=words) for n, words in enumerate(("T2", "T1"))]
    assert phases(*study) == [Phase.UNKNOWN, Phase.UNKNOWN]
    assert phases(study[1]) == [Phase.POST_CONTRAST]


# What was computed, and what only lost a word on its way.


@pytest.mark.parametrize("kind", ["PRIMARY", "SECONDARY", "UNKNOWN"])
def test_a_scan_that_lost_primary_takes_its_place(kind: str) -> None:
    scanned = {"image_type_class": kind, "settings": frozenset({"KVP=120", "ACQUIRED"})}
    assert phases(group(1, 0, **scanned), group(2, 5, agent=True)) == [Phase.NON_CONTRAST, Phase.POST_CONTRAST]


def test_what_is_derived_takes_no_place_and_gets_no_name_by_order() -> None:
    derived = {"settings": frozenset({"KVP=120", "DERIVED"}), "agent": None}
    study = [group(3, 1, agent=True), group(4, 2, agent=True), group(301, 1.5, **derived)]
    assert phases(*study) == ["PHASE_1", "PHASE_2", Phase.UNKNOWN]
    before = group(1, 0, settings=frozenset({"DERIVED"}), own=SILENT)
    assert phases(before, group(2, 5, agent=True))[0] == Phase.UNKNOWN


def test_an_agent_whose_time_is_missing_may_have_been_first() -> None:
    untimed = group(1, None, agent=True, series_description="Chest")
    assert phases(untimed, group(2, 1, own=SILENT), group(3, 5, agent=True))[1] != Phase.NON_CONTRAST
    late = group(9, None, agent=True, series_description="Chest")
    assert phases(late, group(2, 1, own=SILENT), group(3, 5, agent=True))[1] == Phase.NON_CONTRAST


def test_moments_of_two_clocks_are_not_put_in_order() -> None:
    there = group(2, 5, agent=True, settings=frozenset({"KVP=120", "UTC"}))
    assert phases(group(1, 0, own=SILENT), there)[0] == Phase.UNKNOWN

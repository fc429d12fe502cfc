"""Phases of contrast medium: what the order of a whole study adds to what its images say."""

from itertools import permutations
from typing import Any

import pytest

from imaging.phase.rules import Phase, PhaseDecision, PhaseSource, acquisition_settings, study_phases
from tests.unit.imaging.headers import header
from tests.unit.imaging.phase_groups import SILENT, group, phases


def test_no_agent_first_and_one_later_is_before_and_after() -> None:
    assert phases(group(1, 0), group(2, 5, agent=True)) == [Phase.NON_CONTRAST, Phase.POST_CONTRAST]


def test_before_the_agent_counts_across_planes_and_protocols() -> None:
    flips = [
        group(series, series, modality="MR", own=SILENT, series_description=f"ax {series} flip", frame="1.9")
        for series in (5, 10)
    ]
    after = group(14, 30, modality="MR", plane="SAGITTAL", series_description="sag 3d gre", agent=True)
    assert phases(*flips, after) == [Phase.NON_CONTRAST, Phase.NON_CONTRAST, Phase.POST_CONTRAST]


def test_what_comes_after_the_agent_without_naming_one_stays_unknown() -> None:
    earlier = group(1, 0, modality="MR", agent=True)
    later = group(2, 9, modality="MR", own=SILENT, plane="CORONAL")
    assert phases(earlier, later) == [Phase.POST_CONTRAST, Phase.UNKNOWN]


def test_an_unknown_agent_is_not_no_agent() -> None:
    first = group(1, 0, agent=None, series_description="Chest")
    assert phases(first, group(2, 5, agent=True)) == [Phase.UNKNOWN, Phase.POST_CONTRAST]


def test_an_agent_on_a_series_called_plain_was_filled_in_for_the_study() -> None:
    said = PhaseDecision(Phase.NON_CONTRAST, PhaseSource.TEXT, 0.9, "")
    scout_like = group(1, 0, modality="MR", own=SILENT, series_description="T2")
    assert phases(scout_like, group(2, 5, modality="MR", agent=True, own=said)) == [Phase.UNKNOWN, Phase.NON_CONTRAST]


def test_order_alone_numbers_the_repetitions_and_names_no_phase() -> None:
    assert phases(group(3, 1, agent=True), group(4, 2, agent=True), group(5, 4, agent=True)) == [
        "PHASE_1",
        "PHASE_2",
        "PHASE_3",
    ]


def test_a_plain_scan_before_several_repetitions_keeps_its_place() -> None:
    study = [group(3, 0), group(4, 2, agent=True), group(5, 3, agent=True)]
    assert phases(*study) == [Phase.NON_CONTRAST, "PHASE_2", "PHASE_3"]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_answer_does_not_depend_on_how_the_study_arrives(order: tuple[int, ...]) -> None:
    study = [group(3, 0), group(4, 2, agent=True), group(5, 3, agent=True), group(6, None, agent=True)]
    assert study_phases([study[place] for place in order]) == study_phases(study)


@pytest.mark.parametrize(
    "other",
    [
        {"series_description": "Chest"},
        {"settings": frozenset({"KVP=80"})},
        {"plane": "CORONAL"},
        {"frame": "1.2"},
        {"frame": None},
        {"image_type_class": "SECONDARY"},
        {"image_type_class": "LOCALIZER"},
        {"low_mm": 150.0, "high_mm": 400.0},
        {"low_mm": None},
    ],
)
def test_only_repetitions_of_one_protocol_over_one_region_are_numbered(other: dict[str, Any]) -> None:
    study = [group(3, 1, agent=True), group(4, 2, agent=True, **other)]
    assert phases(*study) == [Phase.POST_CONTRAST, Phase.POST_CONTRAST]


def test_t1_and_t2_of_one_study_are_no_phases_of_each_other() -> None:
    study = [
        group(number, number, modality="MR", own=SILENT, series_description=f"T{number} ax", settings=frozenset())
        for number in (1, 2)
    ]
    assert phases(*study) == [Phase.UNKNOWN, Phase.UNKNOWN]


def test_two_reconstructions_of_one_acquisition_are_one_phase() -> None:
    thin, thick = group(3, 1, agent=True), group(4, 1, agent=True, series_description="Liver 5.0")
    assert phases(thin, thick) == [Phase.POST_CONTRAST, Phase.POST_CONTRAST]
    assert phases(thin, thick, group(5, 2, agent=True)) == ["PHASE_1", "PHASE_1", "PHASE_2"]


def test_without_times_series_and_acquisition_numbers_give_the_order() -> None:
    study = [group(3, acquisition=2), group(4, acquisition=3, agent=True)]
    assert phases(*study) == [Phase.NON_CONTRAST, Phase.POST_CONTRAST]


def test_without_times_or_acquisition_numbers_there_is_no_order() -> None:
    assert phases(group(3, agent=True), group(4, agent=True)) == [Phase.POST_CONTRAST, Phase.POST_CONTRAST]


def test_times_of_some_series_only_give_no_order() -> None:
    assert phases(group(3, 1, agent=True), group(4, agent=True)) == [Phase.POST_CONTRAST, Phase.POST_CONTRAST]


@pytest.mark.parametrize("kind", [PhaseSource.ENHANCED, PhaseSource.TEXT, PhaseSource.TIME])
def test_what_a_series_says_of_itself_stands_and_still_takes_a_place(kind: PhaseSource) -> None:
    said = PhaseDecision(Phase.ARTERIAL, kind, 0.9, "")
    study = [group(3, 1, agent=True, own=said), group(4, 2, agent=True), group(5, 3, agent=True)]
    assert phases(*study) == [Phase.ARTERIAL, "PHASE_2", "PHASE_3"]


@pytest.mark.parametrize("name", ["acquisition", "temporal"])
def test_time_points_of_one_series_are_dynamic(name: str) -> None:
    study = [group(14, place / 20, modality="MR", own=SILENT, **{name: place}) for place in (1, 2, 3)]
    assert phases(*study) == ["DYNAMIC_1", "DYNAMIC_2", "DYNAMIC_3"]


def test_time_points_are_counted_past_midnight() -> None:
    before, after = 11.99 * 60, 12.01 * 60
    study = [group(14, minute, modality="MR", own=SILENT, acquisition=int(minute)) for minute in (before, after)]
    assert [one.acquired_at.day for one in study if one.acquired_at] == [1, 2]
    assert phases(*study) == ["DYNAMIC_1", "DYNAMIC_2"]


@pytest.mark.parametrize(
    "settings",
    [
        [{"EchoTime=2.3"}, {"EchoTime=4.6"}],
        [{"FlipAngle=5"}, {"FlipAngle=10"}],
        [{"InversionTime=100"}, {"InversionTime=180"}],
        *([{mark}, {mark}] for mark in ("DIFFUSION", "BOLD", "ASL", "MAPPING", "FLOW", "MOTION", "ECHO_PLANAR")),
        [{"ASL", "CONTRAST"}, {"ASL", "CONTRAST"}],
        [{"LATE_ECHO"}, {"LATE_ECHO"}],
        [{"CARDIAC"}, {"CARDIAC"}],
    ],
)
def test_echoes_flip_angles_b_values_and_heart_beats_are_no_phases(settings: list[set[str]]) -> None:
    study = [
        group(14, place, modality="MR", own=SILENT, acquisition=place, settings=frozenset(written))
        for place, written in enumerate(settings)
    ]
    assert phases(*study) == [Phase.UNKNOWN, Phase.UNKNOWN]


@pytest.mark.parametrize("marks", [{"CONTRAST", mark} for mark in ("CONTRAST", "LATE_ECHO", "ECHO_PLANAR", "CARDIAC")])
def test_a_bolus_that_is_followed_makes_time_points_whatever_the_sequence(marks: set[str]) -> None:
    study = [
        group(14, place, modality="MR", own=SILENT, acquisition=place, settings=frozenset(marks)) for place in (1, 2)
    ]
    assert phases(*study) == ["DYNAMIC_1", "DYNAMIC_2"]


def test_an_agent_makes_time_points_of_an_echo_planar_series() -> None:
    made = {"modality": "MR", "own": SILENT, "settings": frozenset({"ECHO_PLANAR"}), "agent": True}
    assert phases(*(group(14, place, acquisition=place, **made) for place in (1, 2))) == ["DYNAMIC_1", "DYNAMIC_2"]


@pytest.mark.parametrize(
    ("agent", "marks", "found"),
    [
        (False, set(), "PHASE_1"),
        (False, {"CONTRAST"}, "DYNAMIC_1"),
        (True, set(), "DYNAMIC_1"),
        (True, {"MOTION"}, Phase.POST_CONTRAST),
    ],
)
def test_a_ct_repeated_in_one_series_needs_an_agent_or_a_word(agent: bool, marks: set[str], found: str) -> None:
    settings = frozenset({"KVP=80", *marks})
    study = [group(2, place / 10, acquisition=place, agent=agent, settings=settings) for place in (1, 2)]
    assert phases(*study)[0] == found


def test_shots_side_by_side_are_no_time_points() -> None:
    study = [group(2, place, acquisition=place, low_mm=place * 40, high_mm=place * 40 + 38) for place in range(3)]
    assert phases(*study) == [Phase.NON_CONTRAST] * 3


def test_settings_tell_what_an_image_was_made_with() -> None:
    assert acquisition_settings(header(FlipAngle="15", EchoTime="2.30004", SequenceName="*fl3d1")) == {
        "FlipAngle=15",
        "EchoTime=2.3",
        "SequenceName=*fl3d1",
        "ACQUIRED",
    }


@pytest.mark.parametrize(
    ("elements", "mark"),
    [
        ({"DiffusionBValue": 0.0}, "DIFFUSION"),
        ({"SequenceName": "*ep_b1000#12"}, "DIFFUSION"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "DIFFUSION"]}, "DIFFUSION"),
        ({"TriggerTime": "312"}, "CARDIAC"),
        ({"SeriesDescription": "ep2d_bold_rest"}, "BOLD"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "FMRI", "NONE"]}, "BOLD"),
        ({"SeriesDescription": "3D pCASL"}, "ASL"),
        ({"ArterialSpinLabelingContrast": "PSEUDOCONTINUOUS"}, "ASL"),
        ({"SeriesDescription": "Cor_T1MOLLI_BH"}, "MAPPING"),
        ({"SeriesDescription": "Phase contrast aorta"}, "FLOW"),
        ({"SeriesDescription": "TMJ open close"}, "MOTION"),
        ({"SeriesDescription": "cine sax"}, "CARDIAC"),
        ({"SeriesDescription": "DSC perfusion"}, "CONTRAST"),
        ({"ScanningSequence": "EP"}, "ECHO_PLANAR"),
        ({"EchoTime": "90"}, "LATE_ECHO"),
        ({"ScanningSequence": "GR", "RepetitionTime": "2000", "EchoTime": "30"}, "ECHO_PLANAR"),
        ({"AcquisitionDateTime": "20260301120000+0900"}, "UTC"),
        ({"TimezoneOffsetFromUTC": "+0900"}, "UTC"),
    ],
)
def test_settings_mark_series_whose_images_are_not_in_time(elements: dict[str, Any], mark: str) -> None:
    assert mark in acquisition_settings(header(**elements))


def test_a_trigger_time_of_zero_is_no_heart_beat() -> None:
    assert acquisition_settings(header(TriggerTime="0")) == {"ACQUIRED"}


def test_an_empty_study_has_no_phases() -> None:
    assert study_phases([]) == {}

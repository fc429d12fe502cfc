"""Contrast phases from pixels: what two volumes of one geometry show where headers are silent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import permutations
from random import Random
from typing import Any

import numpy as np
import pytest

from imaging.phase.groups import Volume
from imaging.phase.intensity import BodyMeter
from imaging.phase.pixels import intensity_settings
from imaging.phase.rules import Phase, PhaseDecision, PhaseGroup, PhaseKey, PhaseSource, study_phases
from imaging.pixels.grayscale import Modality
from tests.bench.phantoms import CT_PHASES, MR_PHASES, Body, Scan, make_body, moved, usual_scan, volume
from tests.unit.imaging.headers import header

NOON = datetime(2026, 3, 1, 12)
SILENT = PhaseDecision(Phase.UNKNOWN, PhaseSource.NONE, 0.0, "")
AGENT_FOR_ALL = PhaseDecision(Phase.POST_CONTRAST, PhaseSource.AGENT, 0.3, "")
NONE_NAMED = PhaseDecision(Phase.NON_CONTRAST, PhaseSource.AGENT, 0.3, "no contrast agent is named")
PLAIN, AFTER = Phase.NON_CONTRAST, Phase.POST_CONTRAST


@cache
def body_of(modality: str, seed: int = 1) -> Body:
    return make_body(modality, "trunk", Random(seed))


@cache
def slices(modality: str, phase: str = "", gain: float = 1.0, noise: float = 1.0) -> tuple[tuple[float, bytes], ...]:
    """Maps of a trunk that breathed since the first time, with the enhancement of a phase."""
    body, chance = body_of(modality), Random(7)
    first = usual_scan(body, chance)
    scan = moved(first, body, chance) if phase or gain != 1 or noise != 1 else first
    enhancement = (CT_PHASES if modality == "CT" else MR_PHASES).get(phase, {})
    scan = replace(scan, enhancement=enhancement, gain=scan.gain * gain, noise=scan.noise * noise)
    return maps(body, scan, chance)


def maps(body: Body, scan: Scan, chance: Random) -> tuple[tuple[float, bytes], ...]:
    found = []
    for place, values in zip(body.slices, volume(body, scan, chance), strict=True):
        meter = BodyMeter(body.modality)
        meter.add(values, Modality())
        intensity = meter.intensity()
        assert intensity is not None
        found.append((place, intensity.map))
    return tuple(found)


def group(series: int, pixels: Sequence[tuple[float, bytes]] | None, **changes: Any) -> PhaseGroup:
    """A series without a word about contrast, two minutes after the one before."""
    settings = changes.pop("made_alike", "alike")
    values: dict[str, Any] = {
        "series_number": series,
        "modality": "CT",
        "plane": "AXIAL",
        "image_type_class": "PRIMARY",
        "acquired_at": NOON + timedelta(minutes=2 * series),
        "low_mm": 0.0,
        "high_mm": 200.0,
        "has_agent": None,
        "series_description": ("liver", "spleen", "kidney", "pancreas")[
            series - 1
        ],  # another protocol: order is silent
        "own": SILENT,
        "volume": None if pixels is None else Volume(settings, tuple(pixels)),
    }
    return PhaseGroup(key=PhaseKey("1.1", f"2.{series}", None, None), **(values | changes))


def phases(*groups: PhaseGroup) -> list[str]:
    decided = study_phases(groups)
    return [decided[one.key].phase for one in groups]


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_an_agent_that_arrives_names_before_and_after(modality: str) -> None:
    study = [
        group(1, slices(modality), modality=modality),
        group(2, slices(modality, "PORTAL_VENOUS", gain=1.5), modality=modality),
    ]
    decided = study_phases(study)
    assert [decided[one.key].phase for one in study] == [PLAIN, AFTER]
    assert {one.source for one in decided.values()} == {PhaseSource.PIXELS}
    assert "from series 1 to 2" in decided[study[0].key].reason
    assert "% of the body grew brighter" in decided[study[0].key].reason


@pytest.mark.parametrize("modality", ["CT", "MR"])
@pytest.mark.parametrize(("gain", "noise"), [(1.0, 2.0), (1.6, 1.0), (0.5, 0.5)])
def test_noise_gain_and_breathing_are_no_agent(modality: str, gain: float, noise: float) -> None:
    gain = gain if modality == "MR" else 1.0
    study = [
        group(1, slices(modality), modality=modality),
        group(2, slices(modality, gain=gain, noise=noise), modality=modality),
    ]
    assert phases(*study) == [Phase.UNKNOWN, Phase.UNKNOWN]


def test_two_volumes_without_an_agent_and_two_with_one() -> None:
    study = [
        group(1, slices("CT")),
        group(2, slices("CT", noise=1.2)),
        group(3, slices("CT", "ARTERIAL_LATE")),
        group(4, slices("CT", "PORTAL_VENOUS")),
    ]
    for order in permutations(study):
        decided = study_phases(order)
        assert [decided[one.key].phase for one in study] == [PLAIN, PLAIN, AFTER, AFTER]


def test_what_grows_darker_is_no_arrival() -> None:
    study = [group(1, slices("CT", "PORTAL_VENOUS")), group(2, slices("CT"))]
    assert phases(*study) == [Phase.UNKNOWN, Phase.UNKNOWN]


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_one_phase_after_another_does_not_make_the_first_plain(modality: str) -> None:
    study = [
        group(1, slices(modality, "ARTERIAL_LATE"), modality=modality, bright_part=0.03),
        group(2, slices(modality, "PORTAL_VENOUS"), modality=modality, bright_part=0.04),
    ]
    assert phases(*study) == [Phase.UNKNOWN, Phase.UNKNOWN]


@pytest.mark.parametrize(
    "changes",
    [
        {"made_alike": "with another kernel"},
        {"volume": None},  # extracted before pixels were measured
        {"acquired_at": None},
        {"acquired_at": NOON + timedelta(minutes=2, seconds=3)},  # the same acquisition, reconstructed again
        {"settings": frozenset({"DERIVED"})},
        {"image_type_class": "LOCALIZER"},
        {"volume": Volume("alike", slices("CT", "PORTAL_VENOUS")[:2])},
        {"volume": Volume("alike", tuple((place + 5, one) for place, one in slices("CT", "PORTAL_VENOUS")))},
        {"volume": Volume("alike", slices("CT", "PORTAL_VENOUS") + slices("CT"))},  # two images at each place
        {"volume": Volume("alike", tuple((place, b"torn") for place, _ in slices("CT")))},
    ],
)
def test_volumes_that_cannot_be_compared_are_no_evidence(changes: dict[str, Any]) -> None:
    later = replace(group(2, slices("CT", "PORTAL_VENOUS"), made_alike=changes.pop("made_alike", "alike")))
    assert phases(group(1, slices("CT")), replace(later, **changes)) == [Phase.UNKNOWN, Phase.UNKNOWN]


def test_an_agent_filled_in_for_the_whole_study_gives_way() -> None:
    study = [
        group(1, slices("CT"), own=AGENT_FOR_ALL, has_agent=True),
        group(2, slices("CT", "PORTAL_VENOUS"), own=AGENT_FOR_ALL, has_agent=True),
    ]
    assert phases(*study) == [PLAIN, AFTER]


def test_pixels_name_what_a_repetition_only_counts() -> None:
    study = [
        group(number, slices("CT", phase), series_description="Liver", settings=frozenset({"KVP=120"}))
        for number, phase in enumerate(("", "ARTERIAL_LATE", "PORTAL_VENOUS"), start=1)
    ]
    assert phases(*study) == [PLAIN, AFTER, AFTER]
    assert phases(*(replace(one, volume=None) for one in study)) == ["PHASE_1", "PHASE_2", "PHASE_3"]


def test_a_header_that_names_a_phase_stands() -> None:
    portal = PhaseDecision(Phase.PORTAL_VENOUS, PhaseSource.TEXT, 0.9, "")
    study = [group(1, slices("CT")), group(2, slices("CT", "PORTAL_VENOUS"), own=portal)]
    assert phases(*study) == [PLAIN, Phase.PORTAL_VENOUS]


@pytest.mark.parametrize(("place", "phase"), [(0, Phase.ARTERIAL), (1, Phase.NON_CONTRAST)])
def test_pixels_are_silent_where_headers_contradict_them(place: int, phase: Phase) -> None:
    study = [group(1, slices("CT")), group(2, slices("CT", "PORTAL_VENOUS"))]
    study[place] = replace(study[place], own=PhaseDecision(phase, PhaseSource.TEXT, 0.9, ""))
    assert phases(*study)[1 - place] == Phase.UNKNOWN


@pytest.mark.parametrize(
    ("bright_part", "phase"), [(0.02, Phase.UNKNOWN), (0.001, PLAIN), (0.47, PLAIN), (None, PLAIN)]
)
def test_a_ct_as_bright_as_with_an_agent_is_not_plain_because_none_is_named(
    bright_part: float | None, phase: Phase
) -> None:
    alone = group(1, None, own=NONE_NAMED, has_agent=False, bright_part=bright_part)
    decision = study_phases([alone])[alone.key]
    assert decision.phase == phase
    assert ("2.0% of the body is as bright as enhanced vessels" in decision.reason) == (phase == Phase.UNKNOWN)


def test_a_bright_ct_that_calls_itself_plain_is_believed() -> None:
    named = PhaseDecision(Phase.NON_CONTRAST, PhaseSource.TEXT, 0.9, "")
    assert phases(group(1, None, own=named, bright_part=0.02)) == [PLAIN]


def test_small_pictures_of_four_slices_are_enough() -> None:
    rows, columns = np.mgrid[:64, :64]
    body = (rows - 32) ** 2 + (columns - 32) ** 2 < 26**2
    vessel = (rows - 28) ** 2 + (columns - 30) ** 2 < 8**2
    study = []
    for series, more in ((1, 0), (2, 180)):
        values = np.where(body, 40, -1000) + np.where(vessel, more, 0)
        meter = BodyMeter("CT")
        meter.add(values.astype(np.int16), Modality())
        found = meter.intensity()
        assert found is not None
        study.append(group(series, [(5.0 * place, found.map) for place in range(4)]))
    assert phases(*study) == [PLAIN, AFTER]


DOCUMENT: dict[str, Any] = {
    "Modality": "MR", "Rows": 256, "Columns": 256, "EchoTime": 2.3, "RepetitionTime": 4.1, "FlipAngle": 10,
    "ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "PixelSpacing": [1, 1], "FrameOfReferenceUID": "1.1",
    "ImageType": ["ORIGINAL", "PRIMARY", "M", "NORM"], "SeriesDescription": "t1 vibe", "SeriesNumber": 3,
}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"SeriesNumber": 7, "SeriesDescription": "t1 vibe again", "AcquisitionTime": "101500", "InstanceNumber": 4},
        {"ImageOrientationPatient": [1, 1e-9, 0, 0, 1, -1e-9]},
        {"ImagePositionPatient": [0, 0, 40], "WindowCenter": 300, "SliceLocation": 40},
    ],
)
def test_time_and_place_leave_the_settings_as_they_are(changes: dict[str, Any]) -> None:
    assert intensity_settings(header(**DOCUMENT)) == intensity_settings(header(**(DOCUMENT | changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"EchoTime": 2.6}, {"RepetitionTime": 4.6}, {"FlipAngle": 15}, {"InversionTime": 900}, {"Rows": 320},
        {"PixelSpacing": [0.9, 0.9]}, {"FrameOfReferenceUID": "1.2"}, {"ScanOptions": "FS"}, {"NumberOfFrames": 20},
        {"ImageType": ["ORIGINAL", "PRIMARY", "M"]}, {"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]},
        {"ConvolutionKernel": "B30f"}, {"KVP": 100}, {"SeriesDescription": "FAT: t1 vibe"},
    ],
)  # fmt: skip
def test_another_way_of_making_pictures_is_another_setting(changes: dict[str, Any]) -> None:
    assert intensity_settings(header(**DOCUMENT)) != intensity_settings(header(**(DOCUMENT | changes)))


@pytest.mark.parametrize("changes", [{"Modality": "PT"}, {"SeriesDescription": "ep2d diff"}])
def test_what_changes_without_an_agent_has_no_settings(changes: dict[str, Any]) -> None:
    assert intensity_settings(header(**(DOCUMENT | changes))) is None

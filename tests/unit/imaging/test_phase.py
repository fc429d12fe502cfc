"""Phases of contrast medium: what an image says of itself."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from imaging.acquisition_time import acquired_at, seconds_after
from imaging.phase import (
    Phase,
    PhaseDecision,
    PhaseSource,
    common_phase,
    has_agent,
    own_phase,
)
from tests.unit.imaging.headers import dataset, header

NOON = datetime(2026, 3, 1, 12)
WITH_AGENT = PhaseDecision(Phase.POST_CONTRAST, PhaseSource.AGENT, 0.3, "")


def source(**elements: Any) -> tuple[str, PhaseSource]:
    decision = own_phase(header(**elements))
    return decision.phase, decision.source


@pytest.mark.parametrize(
    ("terms", "phase"),
    [
        (["PRE_CONTRAST"] * 2, Phase.NON_CONTRAST),
        (["ARTERIAL"], Phase.ARTERIAL),
        (["PORTAL_VENOUS"] * 3, Phase.PORTAL_VENOUS),
        (["STEADY_STATE", "DYNAMIC"], Phase.POST_CONTRAST),
        (["PRE_CONTRAST", "ARTERIAL"], Phase.UNKNOWN),
    ],
)
def test_the_agent_phase_of_enhanced_frames_is_the_best_evidence(terms: list[str], phase: Phase) -> None:
    frames = [dataset(ContrastBolusUsageSequence=[dataset(ContrastBolusAgentPhase=term)]) for term in terms]
    assert source(Modality="MR", SeriesDescription="delayed", PerFrameFunctionalGroupsSequence=frames) == (
        phase,
        PhaseSource.ENHANCED,
    )


def test_the_series_description_speaks_before_the_protocol() -> None:
    decision = own_phase(header(Modality="CT", SeriesDescription="Liver ART", ProtocolName="portal venous"))
    assert (decision.phase, decision.source) == (Phase.ARTERIAL, PhaseSource.TEXT)
    assert decision.reason == "SeriesDescription says art"


def test_a_text_further_away_is_believed_less() -> None:
    near, middle, far = (
        own_phase(header(Modality="CT", **{keyword: "portal venous"})).confidence
        for keyword in ("SeriesDescription", "ProtocolName", "PerformedProcedureStepDescription")
    )
    assert near > middle > far


def test_a_protocol_of_several_phases_does_not_name_one_by_its_procedure() -> None:
    elements = {"ProtocolName": "ART/PORT", "PerformedProcedureStepDescription": "CT WITH CONTRAST"}
    assert source(Modality="CT", **elements) == (Phase.NON_CONTRAST, PhaseSource.AGENT)


@pytest.mark.parametrize("modality", ["PT", "NM", "CR", "DX", "MG", "US"])
def test_words_about_other_things_than_contrast_are_not_read(modality: str) -> None:
    assert source(Modality=modality, SeriesDescription="delayed post") == (Phase.UNKNOWN, PhaseSource.NONE)


@pytest.mark.parametrize(
    ("acquired", "phase"),
    [
        ("115950", Phase.NON_CONTRAST),
        ("120009.9", Phase.NON_CONTRAST),
        ("120010", Phase.ARTERIAL_EARLY),
        ("120030", Phase.ARTERIAL_LATE),
        ("120060", Phase.ARTERIAL_LATE),  # A leap second is the second before.
        ("120100", Phase.PORTAL_VENOUS),
        ("120139", Phase.PORTAL_VENOUS),
        ("120140", Phase.DELAYED),
        ("130000", Phase.DELAYED),
    ],
)
def test_seconds_since_the_injection_name_a_phase(acquired: str, phase: Phase) -> None:
    elements = {"ContrastBolusStartTime": "120000", "AcquisitionTime": acquired, "ContrastBolusAgent": "X"}
    assert source(Modality="CT", **elements) == (phase, PhaseSource.TIME)


def test_midnight_may_lie_between_injection_and_scan() -> None:
    assert source(Modality="CT", ContrastBolusStartTime="235950", AcquisitionTime="000025") == (
        Phase.ARTERIAL_LATE,
        PhaseSource.TIME,
    )
    assert seconds_after(time(0, 0, 5), time(23, 59, 55)) == -10


@pytest.mark.parametrize(
    "elements",
    [
        {"ContrastBolusStartTime": "000000", "AcquisitionTime": "093000"},
        {"ContrastBolusStartTime": "120000", "StudyTime": "120035", "ContentTime": "120035"},
        {"ContrastBolusStartTime": "", "AcquisitionTime": "120035"},
        {"ContrastBolusStartTime": "120000", "AcquisitionTime": "120035", "ContrastBolusRoute": "ORAL"},
    ],
)
def test_times_that_are_not_of_this_injection_name_nothing(elements: dict[str, str]) -> None:
    assert source(Modality="MR", **elements) == (Phase.UNKNOWN, PhaseSource.NONE)


@pytest.mark.parametrize(
    ("elements", "agent", "phase"),
    [
        ({"Modality": "MR", "ContrastBolusAgent": "Magnevist"}, True, Phase.POST_CONTRAST),
        ({"Modality": "CT", "ContrastBolusAgent": "ORAL & OMNIPAQUE 350"}, True, Phase.POST_CONTRAST),
        ({"Modality": "CT", "ContrastBolusAgent": "NONE"}, False, Phase.NON_CONTRAST),
        ({"Modality": "MR", "ContrastBolusAgent": "No contrast"}, False, Phase.NON_CONTRAST),
        ({"Modality": "CT", "ContrastBolusAgent": ""}, None, Phase.UNKNOWN),
        ({"Modality": "CT", "ContrastBolusAgent": "ORAL CONTRAST"}, None, Phase.UNKNOWN),
        ({"Modality": "CT", "ContrastBolusAgent": "Telebrix", "ContrastBolusRoute": "ORAL"}, None, Phase.UNKNOWN),
        ({"Modality": "CT"}, False, Phase.NON_CONTRAST),
        ({"Modality": "MR"}, False, Phase.UNKNOWN),
        ({"Modality": "CT", "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, False, Phase.UNKNOWN),
        ({"Modality": "CT", "ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, False, Phase.UNKNOWN),
    ],
)
def test_an_agent_says_little_and_an_empty_one_nothing(
    elements: dict[str, Any], agent: bool | None, phase: Phase
) -> None:
    document = header(**elements)
    assert has_agent(document) is agent
    decision = own_phase(document)
    assert decision.phase == phase
    assert decision.confidence <= 0.3


def test_an_agent_sequence_is_an_agent() -> None:
    assert has_agent(header(ContrastBolusAgentSequence=[dataset(CodeMeaning="Gadobutrol")])) is True


def test_a_group_says_what_most_of_its_best_images_say() -> None:
    text = PhaseDecision(Phase.ARTERIAL, PhaseSource.TEXT, 0.9, "")
    other = PhaseDecision(Phase.VENOUS, PhaseSource.TEXT, 0.9, "")
    assert common_phase([WITH_AGENT, WITH_AGENT, WITH_AGENT, other, text, text]) == text
    assert common_phase([]).phase == Phase.UNKNOWN


# When it was acquired.


@pytest.mark.parametrize(
    ("elements", "moment"),
    [
        ({"AcquisitionDateTime": "20260301120000.5"}, NOON + timedelta(milliseconds=500)),
        ({"AcquisitionDateTime": "20260301"}, None),
        ({"AcquisitionDate": "20260301", "AcquisitionTime": "120000"}, NOON),
        ({"StudyDate": "20260301", "AcquisitionTime": "120000"}, NOON),
        ({"StudyDate": "20260228", "StudyTime": "235000", "AcquisitionTime": "000500"}, datetime(2026, 3, 1, 0, 5)),
        ({"StudyDate": "20260301", "StudyTime": "120000", "ContentTime": "120000"}, None),
        ({"AcquisitionTime": "120000"}, None),
    ],
)
def test_only_the_acquisition_has_an_acquisition_time(elements: dict[str, str], moment: datetime | None) -> None:
    assert acquired_at(header(**elements)) == moment

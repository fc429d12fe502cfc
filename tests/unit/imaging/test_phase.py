"""Phases of contrast medium: what an image says of itself."""

from datetime import time
from typing import Any

import pytest

from imaging.fields.acquisition_time import seconds_after
from imaging.phase.rules import (
    Phase,
    PhaseDecision,
    PhaseSource,
    common_phase,
    has_agent,
    own_phase,
)
from tests.unit.imaging.headers import dataset, header

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
    decision = own_phase(header(Modality="CT", **elements))
    assert (decision.phase, decision.source) == (Phase.UNKNOWN, PhaseSource.NONE)
    assert decision.reason == "ProtocolName names several phases: art, port"


@pytest.mark.parametrize("modality", ["PT", "NM", "CR", "DX", "MG", "US", "SR", "OT"])
def test_what_is_no_ct_or_mr_has_no_phase_whatever_its_words_say(modality: str) -> None:
    assert source(Modality=modality, SeriesDescription="delayed post") == (Phase.NOT_APPLICABLE, PhaseSource.KIND)


@pytest.mark.parametrize(
    "elements",
    [
        {"Modality": "CT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "ContrastBolusAgent": "Iohexol"},
        {"Modality": "CT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.67", "SeriesDescription": "arterial"},
        {"Modality": "CT", "ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"], "ProtocolName": "Liver ART"},
        {"Modality": "MR", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.66", "SeriesDescription": "T1 +C"},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1"},
    ],
)
def test_what_is_no_scan_has_no_phase(elements: dict[str, Any]) -> None:
    assert source(**elements) == (Phase.NOT_APPLICABLE, PhaseSource.KIND)


def test_a_projection_with_an_agent_in_the_vessels_is_after_it() -> None:
    assert source(Modality="XA", ContrastBolusAgent="Visipaque") == (Phase.POST_CONTRAST, PhaseSource.AGENT)
    assert source(Modality="RF", ContrastBolusAgent="barium") == (Phase.NOT_APPLICABLE, PhaseSource.KIND)


@pytest.mark.parametrize(
    ("elements", "phase"),
    [
        ({"ProtocolName": "T1 post"}, Phase.POST_CONTRAST),
        ({"ProtocolName": "T1 post", "Manufacturer": "GE MEDICAL SYSTEMS"}, Phase.UNKNOWN),
        ({"ProtocolName": "Brain w/o contrast", "Manufacturer": "GE MEDICAL SYSTEMS"}, Phase.NON_CONTRAST),
        ({"PerformedProcedureStepDescription": "MRI BRAIN W CONTRAST"}, Phase.UNKNOWN),
        ({"PerformedProcedureStepDescription": "MRI BRAIN WO CONTRAST"}, Phase.NON_CONTRAST),
        ({"ProtocolName": "T1 post", "SeriesDescription": "localizer"}, Phase.UNKNOWN),
    ],
)
def test_a_text_about_the_whole_examination_says_only_that_there_was_no_agent(
    elements: dict[str, str], phase: Phase
) -> None:
    assert source(Modality="MR", **elements)[0] == phase


@pytest.mark.parametrize(
    ("elements", "phase"),
    [
        ({"SeriesDescription": "MRV venous 3D"}, Phase.UNKNOWN),
        ({"SeriesDescription": "portal flow venc 30"}, Phase.UNKNOWN),
        ({"SeriesDescription": "fmri motor post"}, Phase.UNKNOWN),
        ({"SeriesDescription": "breast WO", "ImageType": ["DERIVED", "PRIMARY", "OTHER", "SUB"]}, Phase.UNKNOWN),
        ({"SeriesDescription": "breast WO"}, Phase.NON_CONTRAST),
        ({"SeriesDescription": "LAVA venous"}, Phase.VENOUS),
    ],
)
def test_words_of_an_mr_image_may_be_about_vessels_tasks_and_wash_out(elements: dict[str, Any], phase: Phase) -> None:
    assert source(Modality="MR", **elements)[0] == phase


@pytest.mark.parametrize("description", ["Topogram", "PreMonitoring", "Smart Prep", "Scout"])
def test_a_protocol_with_contrast_does_not_name_its_planning_and_timing_scans(description: str) -> None:
    assert (
        source(Modality="CT", ProtocolName="Abdomen portal venous", SeriesDescription=description)[0] == Phase.UNKNOWN
    )


@pytest.mark.parametrize(
    "elements",
    [
        {"SeriesDescription": "dynaVIEWS late wash-out"},
        {"SeriesDescription": "post", "ImageType": ["DERIVED", "PRIMARY", "TTP"]},
        {"SeriesDescription": "post", "DerivationCodeSequence": [dataset(CodeValue="129104")]},
    ],
)
def test_a_map_over_several_moments_is_of_no_phase(elements: dict[str, Any]) -> None:
    assert source(Modality="MR", ContrastBolusAgent="Dotarem", **elements) == (Phase.UNKNOWN, PhaseSource.NONE)


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
        ({"Modality": "CT", "ContrastBolusAgent": "YES"}, True, Phase.UNKNOWN),
        ({"Modality": "CT", "ContrastBolusAgent": "", "ContrastBolusVolume": "90"}, True, Phase.UNKNOWN),
        ({"Modality": "CT", "ContrastBolusAgent": "see report"}, None, Phase.UNKNOWN),
        ({"Modality": "CT", "ContrastBolusAgent": ""}, None, Phase.UNKNOWN),
        ({"Modality": "CT", "ContrastBolusAgent": "ORAL CONTRAST"}, None, Phase.UNKNOWN),
        ({"Modality": "CT", "ContrastBolusAgent": "Telebrix", "ContrastBolusRoute": "ORAL"}, None, Phase.UNKNOWN),
        ({"Modality": "CT"}, False, Phase.NON_CONTRAST),
        ({"Modality": "MR"}, False, Phase.UNKNOWN),
        ({"Modality": "CT", "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, False, Phase.UNKNOWN),
        ({"Modality": "CT", "ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, False, Phase.NOT_APPLICABLE),
        ({"Modality": "CT", "StudyDescription": "CT ABDOMEN W CONTRAST"}, False, Phase.UNKNOWN),
        ({"Modality": "CT", "SeriesDescription": "CTA head"}, False, Phase.UNKNOWN),
        ({"Modality": "MR", "ContrastBolusAgent": "Dotarem", "SeriesDescription": "t2_tse"}, True, Phase.UNKNOWN),
        ({"Modality": "MR", "ContrastBolusAgent": "Dotarem", "EchoTime": "98"}, True, Phase.UNKNOWN),
        ({"Modality": "MR", "ContrastBolusAgent": "Dotarem", "SeriesDescription": "vibe dyn"}, True, Phase.UNKNOWN),
        ({"Modality": "MR", "ContrastBolusAgent": "Dotarem", "SeriesDescription": "localizer"}, True, Phase.UNKNOWN),
    ],
)
def test_an_agent_says_little_and_an_empty_one_nothing(
    elements: dict[str, Any], agent: bool | None, phase: Phase
) -> None:
    document = header(**elements)
    assert has_agent(document) is agent
    decision = own_phase(document)
    assert decision.phase == phase
    assert decision.source is PhaseSource.KIND or decision.confidence <= 0.3


@pytest.mark.parametrize("modality", ["CT", "MR"])
@pytest.mark.parametrize(
    "written",
    [
        *("none", "No", "OFF", "C-", "0", "0 ml", "nil", "w/o", "NON CONTRAST", "ohne KM", "sans injection", "nativ"),
        *("sin contraste", "없음", "なし", "造影剤なし", "no iv, oral"),
    ],
)
def test_an_agent_said_to_be_none_is_none(written: str, modality: str) -> None:
    document = header(Modality=modality, ContrastBolusAgent=written)
    assert has_agent(document) is False
    assert own_phase(document).phase == Phase.NON_CONTRAST


@pytest.mark.parametrize(
    "written",
    [
        "Omnipaque 350",
        "10cc Multihance",
        "Omnipauqe",
        "GADOBUTROL",
        "SonoVue",
        "Gd-DTPA",
        "オムニパーク300",
        "조영제",
        "32 DILUTED OMNI & 120",
    ],
)
def test_an_agent_is_known_by_its_name(written: str) -> None:
    decision = own_phase(header(Modality="CT", ContrastBolusAgent=written))
    assert (decision.phase, decision.source) == (Phase.POST_CONTRAST, PhaseSource.AGENT)


def test_route_volume_dose_and_start_make_an_agent_surer_and_stand_in_the_reason() -> None:
    alone = own_phase(header(Modality="CT", ContrastBolusAgent="Iohexol 350"))
    more = own_phase(
        header(Modality="CT", ContrastBolusAgent="Iohexol", ContrastBolusRoute="IV", ContrastBolusVolume="90")
    )
    assert alone.confidence < more.confidence
    assert more.reason == "a contrast agent is named (iohexol) with route, volume"


def test_time_says_nothing_of_an_agent_that_was_not_given() -> None:
    elements = {"ContrastBolusStartTime": "120000", "AcquisitionTime": "120040", "ContrastBolusAgent": "none"}
    assert source(Modality="CT", **elements) == (Phase.NON_CONTRAST, PhaseSource.AGENT)


def test_an_agent_sequence_is_an_agent() -> None:
    assert has_agent(header(ContrastBolusAgentSequence=[dataset(CodeMeaning="Gadobutrol")])) is True


def test_a_group_says_what_most_of_its_best_images_say() -> None:
    text = PhaseDecision(Phase.ARTERIAL, PhaseSource.TEXT, 0.9, "")
    other = PhaseDecision(Phase.VENOUS, PhaseSource.TEXT, 0.9, "")
    assert common_phase([WITH_AGENT, WITH_AGENT, WITH_AGENT, other, text, text]) == text
    assert common_phase([]).phase == Phase.UNKNOWN

"""What an MR image shows: by type, words, names and times, and nothing where they contradict each other."""

from typing import Any

import pytest

from imaging.sequence.kind import sequence_kind
from tests.bench.sequence_headers import DEVELOPMENT, HELD_OUT
from tests.bench.sequences import Confusion, made_up
from tests.unit.imaging.headers import header


def _kind(description: str | None = None, **elements: Any) -> str | None:
    return sequence_kind(header(Modality="MR", SeriesDescription=description, **elements))


@pytest.mark.parametrize("parts", [DEVELOPMENT, HELD_OUT])
def test_no_header_of_a_known_kind_gets_another(parts: dict[str, str]) -> None:
    found: Confusion = made_up(parts, "made up")
    assert found.wrong == []


def test_the_table_is_large_enough_to_mean_something() -> None:
    lines = [line for parts in (DEVELOPMENT, HELD_OUT) for text in parts.values() for line in text.strip().splitlines()]
    assert len(lines) >= 150
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize(
    ("inversion", "words", "kind"),
    [
        (150, "t2_tirm_cor", "STIR"),
        (220, "tirm", "STIR"),
        (90, "TIRM", "STIR"),
        (2500, "t2_tirm_tra", "FLAIR"),
        (2500, "t2_tirm_tra_dark-fluid", "FLAIR"),
        (900, "t1_tirm_tra_dark-fluid", "T1"),
        (None, "t2_tirm_tra_dark-fluid", "FLAIR"),
        (None, "t2_tirm_cor", None),
        (150, "FLAIR", None),
        (2500, "STIR", None),
        (160, "STIR", "STIR"),
        (2200, "FLAIR", "FLAIR"),
    ],
)
def test_an_inverted_sequence_is_told_by_its_inversion_time(inversion: float | None, words: str, kind: str) -> None:
    times = {"InversionTime": inversion} if inversion else {}
    assert _kind(words, ScanningSequence=["SE", "IR"], RepetitionTime=6000, EchoTime=80, **times) == kind


@pytest.mark.parametrize(
    ("field", "echo", "kind"),
    [
        (1.5, 2.3, "OPPOSED_PHASE"),
        (1.5, 4.6, "IN_PHASE"),
        (3, 1.2, "OPPOSED_PHASE"),
        (3, 2.4, "IN_PHASE"),
        (3, 1.7, None),
    ],
)
def test_the_echo_time_tells_in_phase_from_opposed(field: float, echo: float, kind: str | None) -> None:
    elements = {"MagneticFieldStrength": field, "EchoTime": echo, "ScanningSequence": "GR"}
    assert _kind("dual echo in/opp phase", **elements) == kind


@pytest.mark.parametrize(
    ("elements", "kind"),
    [
        ({"AcquisitionContrast": "T1", "SeriesDescription": "T2 TSE"}, None),
        ({"AcquisitionContrast": "T1", "ComplexImageComponent": "PHASE"}, None),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "P", "ND"], "SeriesDescription": "t1_fl3d"}, None),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "DIFFUSION"], "SeriesDescription": "TOF"}, None),
        ({"SeriesDescription": "SAG T1-T12"}, None),
        ({"SeriesDescription": "T1", "ScanningSequence": "SE", "EchoTime": 100, "RepetitionTime": 4000}, None),
        ({"Manufacturer": "GE MEDICAL SYSTEMS", "SeriesDescription": "AX", "ProtocolName": "BRAIN ADC DWI"}, None),
        ({"Manufacturer": "SIEMENS", "SeriesDescription": "AX", "ProtocolName": "t2_tse"}, "T2"),
        ({"SeriesDescription": "DWI b0", "DiffusionBValue": 0}, "DWI"),
        ({"SeriesDescription": "TSE", "DiffusionBValue": 0}, None),
        ({"SeriesDescription": "EPI", "DiffusionBValue": 800}, "DWI"),
        ({"ImageType": ["DERIVED", "PRIMARY"], "SeriesDescription": "ADC", "DiffusionBValue": 800}, "ADC"),
        ({"ImageType": ["ORIGINAL", "PRIMARY"], "SeriesDescription": "DWI ADC", "DiffusionBValue": 800}, "DWI"),
    ],
)
def test_evidence_that_contradicts_itself_gives_none(elements: dict[str, Any], kind: str | None) -> None:
    assert sequence_kind(header(Modality="MR", **elements)) == kind


def test_other_modalities_have_none() -> None:
    assert sequence_kind(header(Modality="CT", SeriesDescription="T2 FLAIR")) is None

"""Images computed from others: how it is seen, and what only looks like it."""

from typing import Any

import pytest

from imaging.phase.derivation import Derivation, derivation
from tests.unit.imaging.headers import dataset, header


@pytest.mark.parametrize(
    ("image_type", "kind"),
    [
        (["DERIVED", "PRIMARY", "SUBTRACTION"], Derivation.SUBTRACTION),
        (["DERIVED", "SECONDARY", "PROJECTION IMAGE"], Derivation.PROJECTION),
        (["DERIVED", "SECONDARY", "MPR", "CSA MPR"], Derivation.REFORMAT),
        (["DERIVED", "SECONDARY", "REFORMATTED", "AVERAGE"], Derivation.REFORMAT),
        (["DERIVED", "PRIMARY", "M", "MNIP", "ND"], Derivation.PROJECTION),
        (["DERIVED", "PRIMARY", "DIFFUSION", "ADC"], Derivation.MEASURE),
        (["DERIVED", "PRIMARY", "DIFFUSION", "FA"], Derivation.MEASURE),
        (["DERIVED", "PRIMARY", "PERFUSION", "TTP"], Derivation.MAP),
        (["DERIVED", "PRIMARY", "PERFUSION", "RCBF"], Derivation.MAP),
        (["DERIVED", "SECONDARY"], Derivation.OTHER),
        (["ORIGINAL", "SECONDARY", "M", "ND"], None),
        (["ORIGINAL", "PRIMARY", "M", "SUB2D"], None),
        (["DERIVED", "PRIMARY", "M", "ND", "NORM"], None),
        (["ORIGINAL"], None),
        ([], None),
    ],
)
def test_the_image_type_names_it(image_type: list[str], kind: Derivation | None) -> None:
    assert derivation(header(Modality="MR", ImageType=image_type)) is kind


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("SUB ART-PRE", Derivation.SUBTRACTION),
        ("Subtraktion", Derivation.SUBTRACTION),
        ("감산", Derivation.SUBTRACTION),
        ("COR MIP", Derivation.PROJECTION),
        ("MinIP 10mm", Derivation.PROJECTION),
        ("COR MPR 3.0", Derivation.REFORMAT),
        ("ADC (10^-6 mm2/s)", Derivation.MEASURE),
        ("dynaVIEWS wash-out", Derivation.MAP),
        ("t1_fl3d_dyn_WO", Derivation.MAP),
        ("t1_fl3d_dyn_WI", Derivation.MAP),
        ("PEI", Derivation.MAP),
        ("t1_mprage_sag", None),
        ("T1 FA 15", None),
        ("Submandibular", None),
        ("Wi-Fi", None),
    ],
)
def test_whole_words_name_it(description: str, kind: Derivation | None) -> None:
    assert derivation(header(Modality="MR", SeriesDescription=description)) is kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("113062", Derivation.SUBTRACTION),
        ("113078", Derivation.PROJECTION),
        ("113072", Derivation.REFORMAT),
        ("113041", Derivation.MEASURE),
        ("129104", Derivation.MAP),
        ("113049", Derivation.OTHER),
        ("113040", None),
        ("113087", None),
    ],
)
def test_a_code_names_it_unless_it_only_repacks(code: str, kind: Derivation | None) -> None:
    assert derivation(header(DerivationCodeSequence=[dataset(CodeValue=code)])) is kind


def test_lossy_compression_derives_no_other_image() -> None:
    elements: dict[str, Any] = {"ImageType": ["DERIVED", "SECONDARY", "AXIAL"], "LossyImageCompression": "01"}
    assert derivation(header(**elements)) is None

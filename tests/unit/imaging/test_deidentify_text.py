"""What stays of the texts of one object: whose words they are decides (reliability E2)."""

import pytest

from tests.makers import ct_dataset
from tests.unit.imaging.test_deidentify import cleaned

pytestmark = pytest.mark.filterwarnings("ignore")


def test_a_coded_term_stays_also_where_a_number_of_the_patient_holds_a_piece_of_it() -> None:
    found = cleaned(ct_dataset(
        PatientID="B-422-2", PatientName="Axial^Original", BodyPartExamined="B4222", FilterMaterial="YBR_FULL_422",
        ScanOptions="T2",
    ))  # fmt: skip
    assert (found.FilterMaterial, found.ScanOptions, found.BodyPartExamined) == ("YBR_FULL_422", "T2", "")
    assert list(found.ImageType) == ["ORIGINAL", "PRIMARY", "AXIAL"]


def test_a_description_loses_a_name_and_keeps_the_rest() -> None:
    """E2: what a patient called HEAD loses is one word."""
    found = cleaned(ct_dataset(
        PatientName="HEAD^WHITE", PatientID="0098765", AccessionNumber="A-12.3", SeriesDescription="PLAIN HEAD 98765",
        StudyDescription="F/93 liver CT 3/15/24 a123", ProtocolName="t2_tse_tra 9-8-7-6-5",
    ))  # fmt: skip
    assert (found.SeriesDescription, found.StudyDescription, found.ProtocolName) == ("PLAIN", "liver CT", "t2_tse_tra")


def test_a_number_stays_in_what_a_machine_writes_and_goes_from_what_people_write() -> None:
    found = cleaned(ct_dataset(
        ManufacturerModelName="Definition 64", SoftwareVersions="Omar 4.0", SeriesDescription="Definition 64",
        DerivationDescription="Lossy compression ratio 20", ImageComments="Omar 64",
    ))  # fmt: skip
    assert (found.ManufacturerModelName, found.SoftwareVersions) == ("Definition 64", "Omar 4.0")
    assert found.DerivationDescription == "Lossy compression ratio 20"
    assert "SeriesDescription" not in found
    assert "ImageComments" not in found

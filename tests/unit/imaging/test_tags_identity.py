"""Whose image it is leaves the document, wherever it is written."""

import json
from datetime import date
from typing import Any

import pytest

from imaging.dicom.header import Tags, read_tags
from imaging.dicom.identity import PersonName
from tests.unit.imaging import dicom_bytes as make
from tests.unit.imaging.dicom_bytes import explicit, item


def _tags(*elements: bytes) -> Tags:
    return read_tags(make.part10(make.uids() + b"".join(elements) + make.pixels()))


def test_the_person_is_read_and_left_out_of_the_document() -> None:
    tags = _tags(
        explicit(0x00080050, "SH", b"ACC1"),
        explicit(0x00100010, "PN", b"Doe^Jane"),
        explicit(0x00100020, "LO", b"P-001 "),
        explicit(0x00100021, "LO", b"HOSPITAL"),
        explicit(0x00100030, "DA", b"1970.02.03"),
        explicit(0x00100040, "CS", b"F "),
    )
    identity = tags.identity
    assert (identity.patient_id, identity.issuer, identity.accession_number) == ("P-001", "HOSPITAL", "ACC1")
    assert (identity.patient_name, identity.birth_date) == (PersonName("Doe^Jane"), date(1970, 2, 3))
    assert not {"00080050", "00100010", "00100020", "00100021", "00100030"} & tags.document.keys()
    assert tags.document["00100040"]["Value"] == ["F"]
    assert identity.elements["00100020"] == {"vr": "LO", "Value": ["P-001"]}


def test_names_inside_sequences_go_too_and_keep_their_path() -> None:
    request = item(explicit(0x00321032, "PN", b"Smith^Ann ") + explicit(0x00400007, "LO", b"Chest "))
    tags = _tags(explicit(0x00400275, "SQ", request))
    assert tags.document["00400275"]["Value"] == [{"00400007": {"vr": "LO", "Value": ["Chest"]}}]
    assert tags.identity.elements["00400275/0/00321032"]["Value"] == [{"Alphabetic": "Smith^Ann"}]


def test_an_identifying_sequence_goes_as_a_whole() -> None:
    tags = _tags(
        explicit(0x00101002, "SQ", item(explicit(0x00100020, "LO", b"OLD1") + explicit(0x00100022, "CS", b"TEXT")))
    )
    assert "00101002" not in tags.document
    assert tags.identity.elements["00101002"]["Value"][0]["00100022"]["Value"] == ["TEXT"]


def test_private_elements_stay_unless_they_name_the_patient() -> None:
    tags = _tags(
        explicit(0x00100010, "PN", b"Doe^Jane"),
        explicit(0x00100020, "LO", b"12345678"),
        explicit(0x00090010, "LO", b"MAKER 1 "),
        explicit(0x00091001, "LO", b"JANE  DOE^"),
        explicit(0x00091002, "UN", b"id=12345678;"),
        explicit(0x00091003, "PN", b"Who^Ever"),
        explicit(0x00091004, "LO", b"Jane coil "),
        explicit(0x00091005, "SH", b"TE 30 "),
    )
    assert {"00090010", "00091004", "00091005"} <= tags.document.keys()
    assert not {"00091001", "00091002", "00091003"} & tags.document.keys()
    assert {"00091001", "00091002", "00091003"} <= tags.identity.elements.keys()


def test_a_sequence_hidden_in_bytes_is_left_out() -> None:
    """B15: private SQ in UN; nobody would look for names in it."""
    hidden = item(explicit(0x00081050, "PN", b"Who^Ever"))
    tags = _tags(explicit(0x00091001, "UN", hidden), explicit(0x00400275, "UN", hidden))
    assert not {"00091001", "00400275"} & tags.document.keys()
    assert "(0009,1001): a sequence hidden in bytes, left out" in tags.warnings


def test_a_name_with_a_wrong_vr_is_still_the_name() -> None:
    tags = _tags(explicit(0x00100010, "LO", b"Doe^Jane"), explicit(0x0008103E, "LO", b"for Jane Doe"))
    assert tags.identity.patient_name == PersonName("Doe^Jane")
    assert "00100010" not in tags.document
    assert tags.document["0008103E"]["Value"] == ["for"]


def test_a_korean_name_in_a_description_is_found() -> None:
    tags = _tags(
        explicit(0x00080005, "CS", b"ISO_IR 192"),
        explicit(0x0008103E, "LO", "복부 홍길동 CT".encode()),
        explicit(0x00100010, "PN", "Hong^Gildong=洪^吉洞=홍^길동".encode()),
    )
    assert tags.document["0008103E"]["Value"] == ["복부 CT"]
    assert tags.identity.elements["0008103E"]["Value"] == ["복부 홍길동 CT"]
    assert "SeriesDescription: names the patient, kept apart" in tags.warnings


@pytest.mark.parametrize(
    ("name", "written", "left"),
    [
        ("HEAD", "PLAIN HEAD", "PLAIN"),
        ("Doe^Jane", "Jane Doe: chest_PA", "chest_PA"),
        ("Doe^Jane", "DOE^JANE", None),
        ("Doe^Jane", "T1 jane", "T1 jane"),
        ("Doe^Jane", "ax T2\\Doe Jane", ["ax T2", ""]),
        ("Doe^Jane", "Doe\\Jane", None),
        ("Hong^Gildong=洪^吉洞=홍^길동", "홍길동님 복부CT", "님 복부CT"),
        ("Hong^Gildong=洪^吉洞=홍^길동", "gildong_hong liver", "liver"),
    ],
)
def test_a_description_loses_the_name_and_nothing_else(name: str, written: str, left: Any) -> None:
    tags = _tags(
        explicit(0x00080005, "CS", b"ISO_IR 192"),
        explicit(0x0008103E, "LO", written.encode()),
        explicit(0x00100010, "PN", name.encode()),
    )
    expected = left if isinstance(left, list) or left is None else [left]
    assert tags.document.get("0008103E", {}).get("Value") == expected


def test_warnings_hold_no_value() -> None:
    secret = "Doe^Jane"
    tags = _tags(explicit(0x00100010, "PN", secret.encode()), explicit(0x00180050, "DS", secret.encode()))
    assert tags.warnings
    assert secret not in " ".join(tags.warnings)


def test_a_name_of_many_carets_is_still_a_name() -> None:
    """B17"""
    tags = _tags(explicit(0x00100010, "PN", b"A^B^C^D^E^F=G=H=I "))
    assert tags.identity.patient_name == PersonName("A^B^C^D^E^F", "G", "H")


def test_the_identity_is_plain_json() -> None:
    as_json = _tags(explicit(0x00100030, "DA", b"19700203")).identity.as_json()
    assert json.loads(json.dumps(as_json))["birth_date"] == "1970-02-03"

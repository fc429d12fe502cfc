"""What of a header reaches the catalogue, and that it is always valid JSON."""

import json
import math
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pydicom.data import get_testdata_file

from imaging.dicom.header import Tags, read_tags
from tests.unit.imaging import dicom_bytes as make
from tests.unit.imaging.dicom_bytes import explicit


def _tags(*elements: bytes) -> Tags:
    return read_tags(make.part10(make.uids() + b"".join(elements) + make.pixels()))


@pytest.mark.parametrize(
    ("vr", "raw", "value"),
    [
        ("LO", b" one\\\\two ", ["one", None, "two"]),
        ("DS", b"1.5\\ 40 \\1e3", [1.5, 40, 1000.0]),
        ("IS", b"007 ", [7]),
        ("US", struct.pack("<2H", 1, 65535), [1, 65535]),
        ("FD", struct.pack("<d", 0.1), [0.1]),
        ("AT", bytes.fromhex("1000 2000"), ["00100020"]),
        ("LT", b" kept\\as it is ", [" kept\\as it is"]),
        ("UI", b"1.2.3\0", ["1.2.3"]),
        ("SL", struct.pack("<i", -5), [-5]),
    ],
)
def test_values_follow_the_dicom_json_model(vr: str, raw: bytes, value: list[Any]) -> None:
    assert _tags(explicit(0x00189999, vr, raw)).document["00189999"] == {"vr": vr, "Value": value}


def test_empty_is_not_absent() -> None:
    document = _tags(explicit(0x00081030, "LO", b""), explicit(0x00081040, "LO", b"  ")).document
    assert document["00081030"] == document["00081040"] == {"vr": "LO"}
    assert "0008103E" not in document


@pytest.mark.parametrize(
    ("vr", "raw", "complaint"),
    [
        ("DS", b"NaN\\1", "a value is not finite"),
        ("DS", b"1e999 ", "a value is not finite"),
        ("DS", b"5 mm", "a value is not a number"),
        ("IS", b"1_000 ", "a value is not a number"),
        ("FD", struct.pack("<2d", math.nan, math.inf), "a value is not finite"),
        ("FL", struct.pack("<f", -math.inf), "a value is not finite"),
        ("US", b"abc", "the length does not fit the VR"),
    ],
)
def test_rubbish_is_a_warning_and_valid_json(vr: str, raw: bytes, complaint: str) -> None:
    """B17"""
    tags = _tags(explicit(0x00180050, vr, raw))
    assert json.dumps(tags.document, allow_nan=False)
    assert f"SliceThickness: {complaint}" in tags.warnings


@pytest.mark.parametrize(
    ("vr", "raw"), [("IS", b"9" * 300), ("DS", b"9" * 5000), ("DA", b"00000000"), ("IS", b"9" * 12)]
)
def test_overflows_and_impossible_dates_stay_json(vr: str, raw: bytes) -> None:
    """B17"""
    assert json.dumps(_tags(explicit(0x00189999, vr, raw)).document, allow_nan=False)


def test_no_zero_character_reaches_the_database() -> None:
    """B17: PostgreSQL refuses U+0000."""
    tags = _tags(
        explicit(0x00081030, "LO", b"a\0b\0"),
        explicit(0x00080005, "CS", b"ISO_IR 192"),
        explicit(0x00081040, "LO", b"\0"),
    )
    assert tags.document["00081030"]["Value"] == ["ab"]
    assert "\\u0000" not in json.dumps(tags.document)


def test_bulk_stays_in_the_file() -> None:
    overlay = explicit(0x60003000, "OW", b"ab")
    icon = explicit(0x00880200, "SQ", make.item(explicit(0x00280010, "US", b"\1\0") + make.pixels()))
    document = _tags(
        overlay, icon, explicit(0x00091001, "OB", bytes(257)), explicit(0x00091002, "OB", b"abc ")
    ).document
    assert not {"60003000", "7FE00010", "00091001"} & document.keys()
    assert document["00091002"] == {"vr": "OB", "InlineBinary": "YWJjIA=="}
    assert document["00880200"]["Value"] == [{"00280010": {"vr": "US", "Value": [1]}}]


def test_sequences_keep_their_items_and_their_emptiness() -> None:
    inner = make.item(explicit(0x00080100, "SH", b"A ")) + make.item(b"")
    document = _tags(explicit(0x00081032, "SQ", inner), explicit(0x00081140, "SQ", b"")).document
    assert document["00081032"] == {"vr": "SQ", "Value": [{"00080100": {"vr": "SH", "Value": ["A"]}}, {}]}
    assert document["00081140"] == {"vr": "SQ"}


def test_sixty_four_sequences_deep_is_read() -> None:
    """B3, B18: what the door takes, the tags can read."""
    assert json.dumps(_tags(make.nested(64, defined=False)).document)


def test_implicit_vr_takes_the_dictionary() -> None:
    signed = make.implicit(0x00280103, struct.pack("<H", 1)) + make.implicit(0x00280120, struct.pack("<h", -2000))
    series = make.implicit(0x0008103E, b"T2 axial") + make.implicit(
        0x00081140, make.item(make.implicit(0x00081155, b"1.2\0"))
    )
    document = read_tags(make.part10(series + signed, make.IMPLICIT)).document
    assert document["00280120"] == {"vr": "SS", "Value": [-2000]}
    assert document["0008103E"] == {"vr": "LO", "Value": ["T2 axial"]}
    assert document["00081140"]["Value"] == [{"00081155": {"vr": "UI", "Value": ["1.2"]}}]


def test_known_private_elements_are_read_by_their_creator() -> None:
    document = _tags(explicit(0x00190010, "LO", b"SIEMENS MR HEADER "), explicit(0x0019100C, "UN", b"1000")).document
    assert document["0019100C"] == {"vr": "IS", "Value": [1000]}


@pytest.mark.parametrize("name", ["MR_small.dcm", "MR_small_bigendian.dcm", "MR_small_RLE.dcm", "rtdose.dcm"])
def test_every_encoding_gives_the_same_kind_of_document(name: str) -> None:
    found = get_testdata_file(name, download=False)
    assert isinstance(found, str)
    document = read_tags(Path(found).read_bytes()).document
    assert 0 < document["00280010"]["Value"][0] < 1000
    assert document["00080060"]["vr"] == "CS"


_VRS = some.sampled_from(("PN", "LO", "DS", "IS", "FD", "FL", "AT", "UN", "OW", "UT", "SV", "DA"))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(vr=_VRS, raw=some.binary(max_size=40))
def test_no_value_is_beyond_reading(vr: str, raw: bytes) -> None:
    """B17"""
    characters = explicit(0x00080005, "CS", b"\\ISO 2022 IR 149")
    tags = _tags(characters, explicit(0x00189999, vr, raw), explicit(0x00100010, "PN", raw))
    written = json.dumps([tags.document, tags.identity.as_json()], allow_nan=False, ensure_ascii=False)
    assert "\0" not in written
    assert written.encode()

"""B14: names come out right in the character sets that hospitals use, and in the ones they forget to name."""

import pytest

from imaging.dicom.charsets import character_set
from imaging.dicom.header import read_tags
from tests.unit.imaging import dicom_bytes as make
from tests.unit.imaging.dicom_bytes import explicit, item

KOREAN = "홍^길동"
_TWO_BYTE_KOREAN = b"\x1b$)C"


@pytest.mark.parametrize(
    ("declared", "raw", "text"),
    [
        (b"ISO_IR 192", "Hong=홍길동".encode(), "Hong=홍길동"),
        (b"ISO_IR 149", KOREAN.encode("euc_kr"), KOREAN),
        (b"\\ISO 2022 IR 149", b"Hong=" + _TWO_BYTE_KOREAN + "홍".encode("euc_kr"), "Hong=홍"),
        (b"ISO_IR 100", "Äneas".encode("latin_1"), "Äneas"),
        (b"\\ISO 2022 IR 87", b"\x1b$B" + "山田".encode("iso2022_jp")[3:-3] + b"\x1b(B^A", "山田^A"),
        (b"GB18030", "王^小东".encode("gb18030"), "王^小东"),
        (b"GBK", "王^小东".encode("gbk"), "王^小东"),
        (b"ISO-IR 100", "é".encode("latin_1"), "é"),
        (b"ISO_IR 13", "ﾔﾏﾀﾞ".encode("shift_jis"), "ﾔﾏﾀﾞ"),
    ],
)
def test_declared_text_is_read_without_complaint(declared: bytes, raw: bytes, text: str) -> None:
    """B14"""
    assert character_set(declared).decode(raw) == (text, None)


@pytest.mark.parametrize(
    ("declared", "raw", "text"),
    [
        (b"", KOREAN.encode("cp949"), KOREAN),
        (b"", "뷁^똠".encode("cp949"), "뷁^똠"),
        (b"", KOREAN.encode(), KOREAN),
        (b"", b"M\xfcller", "Müller"),
        (b"\\ISO 2022 IR 149", KOREAN.encode("euc_kr"), KOREAN),
        (b"ISO_IR 192", KOREAN.encode("cp949"), KOREAN),
        (b"KLINGON", KOREAN.encode(), KOREAN),
        (b"ISO_IR 192", b"\xff\xfea", "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}a"),
    ],
)
def test_undeclared_unknown_and_lying_text_is_read_with_a_complaint(declared: bytes, raw: bytes, text: str) -> None:
    """B14"""
    read, complaint = character_set(declared).decode(raw)
    assert (read, bool(complaint)) == (text, True)


def test_an_unknown_term_is_a_warning_of_the_file() -> None:
    """B14"""
    body = make.part10(explicit(0x00080005, "CS", b"KLINGON ") + make.uids() + make.pixels())
    assert "SpecificCharacterSet: a term the standard does not know" in read_tags(body).warnings


def test_an_item_may_have_its_own_character_set() -> None:
    """B14"""
    own = item(explicit(0x00080005, "CS", b"ISO_IR 192") + explicit(0x00080104, "LO", "조영".encode()))
    inherited = item(explicit(0x00080104, "LO", "é ".encode("latin_1")))
    sequence = explicit(0x00081032, "SQ", own + inherited)
    document = read_tags(
        make.part10(explicit(0x00080005, "CS", b"ISO_IR 100") + make.uids() + sequence + make.pixels())
    ).document
    meanings = [each["00080104"]["Value"] for each in document["00081032"]["Value"]]
    assert meanings == [["조영"], ["é"]]


def test_a_backslash_inside_a_two_byte_character_separates_nothing() -> None:
    """B14: GB18030 may use the byte 5C as second half."""
    raw = "\u4e57".encode("gb18030")
    assert b"\\" in raw
    body = make.part10(
        explicit(0x00080005, "CS", b"GB18030 ") + make.uids() + explicit(0x00081030, "LO", raw) + make.pixels()
    )
    assert read_tags(body).document["00081030"]["Value"] == ["\u4e57"]

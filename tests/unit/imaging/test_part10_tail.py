"""Bytes behind a whole data set are told, and no part of it; behind one that may be cut they change nothing."""

import pytest

from imaging.dicom.header import read_tags
from imaging.dicom.part10 import Refusal, RefusalCode, read_header
from imaging.pixels.dataset import pixel_dataset
from imaging.pixels.render import render
from tests.makers import ct_bytes
from tests.unit.imaging import dicom_bytes as make

_TAILS = {
    "zeros": [bytes(count) for count in (1, 2, 3, 7, 8, 9, 12, 100, 511, 512, 4096)],
    "line ends": [b"\n", b"\r\n", b"\r\n\r\n\r\n", b"\n" * 9, b"\r\n--boundary--\r\n"],
    "others": [
        b" " * 30,
        b"\x1a",
        b"\xff" * 5,
        b"\xff" * 64,
        b"\xff\xffEOF",
        b"<html></html>",
        b"\0\n" * 77,
        bytes(5) + b"ab",
    ],
}
_EVERY = [pytest.param(tail, id=f"{kind} {len(tail)}") for kind, tails in _TAILS.items() for tail in tails]
_WAVEFORM = "1.2.840.10008.5.1.4.1.1.9.1.1"


def _implicit() -> bytes:
    content = make.implicit(0x00080016, make.uid(make.CT_IMAGE)) + make.implicit(0x00080018, b"1.2.3.4\0")
    content += make.implicit(0x0020000D, b"1.2.3\0") + make.implicit(0x0020000E, b"1.2.3.1\0")
    return content + make.implicit(0x7FE00010, bytes(range(64)))


_WHOLE = {
    "explicit": make.part10(make.uids() + make.pixels(64)),
    "implicit": make.part10(_implicit(), make.IMPLICIT),
    "bare": make.uids() + make.pixels(64),
    "encapsulated": make.part10(
        make.uids()
        + make.explicit(0x7FE00010, "OB", make.item(b"") + make.item(b"abcd") + make.SEQUENCE_END, make.UNDEFINED),
        "1.2.840.10008.1.2.4.50",
    ),
    "deflated": make.deflated(make.uids() + make.pixels(64)),
    "padded": make.part10(make.uids() + make.pixels(64) + make.explicit(0xFFFCFFFC, "OB", bytes(10))),
    "report": make.part10(make.uids(make.COMPREHENSIVE_SR) + make.explicit(0x0040A730, "SQ", make.item(b""))),
}


@pytest.mark.parametrize("tail", _EVERY)
@pytest.mark.parametrize("name", _WHOLE)
def test_bytes_behind_a_whole_object_are_told(name: str, tail: bytes) -> None:
    alone, padded = read_header(_WHOLE[name]), read_header(_WHOLE[name] + tail)
    told = [f"{len(tail)} bytes follow the data set and are no part of it."]
    if name == "deflated" and len(tail) == 1:  # which makes a length even
        told = []
    assert set(padded.warnings) == {*alone.warnings, *told}
    assert padded.sop_instance_uid == alone.sop_instance_uid


@pytest.mark.parametrize("tail", _EVERY)
def test_tags_and_pictures_are_those_of_the_object_alone(tail: bytes) -> None:
    whole = ct_bytes()
    assert read_tags(whole + tail).document == read_tags(whole).document
    pictures = [list(render(pixel_dataset(body))) for body in (whole, whole + tail)]
    assert pictures[0][0].png == pictures[1][0].png


@pytest.mark.parametrize("tail", _EVERY)
def test_behind_an_object_that_ends_too_early_they_do_not_make_it_whole(tail: bytes) -> None:
    for content in (make.pixels(20_000), make.explicit(0x00081140, "SQ", make.item(make.pixels(20_000)))):
        whole = make.part10(make.uids() + content)
        with pytest.raises(Refusal):
            read_header(whole[:-10_000] + tail)


def test_a_class_that_nothing_closes_may_be_padded_with_filler_alone() -> None:
    whole = make.part10(make.uids("1.2.840.10008.5.1.4.1.1.66") + make.explicit(0x00201002, "IS", b"1 "))
    assert "3 bytes follow" in read_header(whole + bytes(3)).warnings[0]
    with pytest.raises(Refusal):
        read_header(whole + b"abc")


def test_an_element_that_begins_behind_the_pixels_is_cut() -> None:
    """B5: trailing padding and signatures are elements, and one of them that is cut is no padding."""
    element = make.explicit(0xFFFCFFFC, "OB", bytes(range(100)))
    for end in range(1, len(element)):
        with pytest.raises(Refusal) as refused:
            read_header(_WHOLE["explicit"] + element[:end])
        assert refused.value.code == RefusalCode.TRUNCATED


def test_a_bare_data_set_may_begin_with_its_meta_information_in_implicit_vr() -> None:
    content = make.implicit(0x00020000, (26).to_bytes(4, "little")) + make.implicit(0x00020010, b"1.2.840.10008.1.2\0")
    for beginning in (b"", make.PREAMBLE + b"DICM", b"DICM"):
        header = read_header(beginning + content + _implicit())
        assert (header.sop_instance_uid, header.transfer_syntax_uid) == ("1.2.3.4", make.IMPLICIT)
        assert read_tags(beginning + content + _implicit()).document["00080018"]["Value"] == ["1.2.3.4"]

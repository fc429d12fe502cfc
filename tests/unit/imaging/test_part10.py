"""What a whole file is taken for, and what is noted about it."""

import mmap
import struct
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from imaging.dicom.part10 import Refusal, RefusalCode, has_preamble, read_header, zero_preamble
from tests.unit.imaging import dicom_bytes as make


def _code(body: bytes | mmap.mmap) -> RefusalCode:
    with pytest.raises(Refusal) as refused:
        read_header(body)
    return refused.value.code


def test_the_uids_of_a_whole_file_are_read() -> None:
    header = read_header(make.part10(make.uids() + make.pixels()))
    assert (header.sop_class_uid, header.sop_instance_uid) == (make.CT_IMAGE, "1.2.3.4")
    assert (header.study_instance_uid, header.series_instance_uid) == ("1.2.3", "1.2.3.1")
    assert (header.transfer_syntax_uid, header.warnings, header.has_preamble) == (make.EXPLICIT, (), True)


@pytest.mark.parametrize("name", ["MR_small_bigendian.dcm", "MR_small_RLE.dcm", "image_dfl.dcm", "rtplan.dcm"])
def test_every_encoding_is_walked(name: str) -> None:
    assert read_header(_sample(name)).sop_instance_uid


def test_a_memory_mapped_file_can_be_closed_after_it_was_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.dcm"
    path.write_bytes(make.part10(make.uids() + make.pixels())[:-1])
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert _code(mapped) == RefusalCode.TRUNCATED


@pytest.mark.parametrize("hidden", [b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"#!/bin/sh\n", b"PK\x03\x04", b"II*\0"])
def test_a_program_in_the_preamble_goes_out_as_zeros(hidden: bytes) -> None:
    """B1: whatever the size of the chunks."""
    body = hidden.ljust(128, b"x") + make.part10(make.uids() + make.pixels())[128:]
    assert has_preamble(body[:134])
    for size in (1, 7, 100, 128, 1000):
        sent = b"".join(zero_preamble(body[at : at + size], at) for at in range(0, len(body), size))
        assert sent == bytes(128) + body[128:]


def test_dicm_by_chance_inside_a_bare_data_set_is_no_preamble() -> None:
    filling = make.explicit(0x00080005, "CS", b"ISO_IR 100") + make.explicit(0x00080008, "CS", b"X" * 94)
    text = make.explicit(0x00081030, "LO", b"DICMA1")
    body = filling + text + make.uids() + make.pixels()
    assert body[128:132] == b"DICM"
    assert not has_preamble(body)
    assert not read_header(body).has_preamble


def test_a_bare_data_set_is_recognised_and_noted() -> None:
    """B13: no preamble, no meta."""
    header = read_header(make.uids() + make.pixels())
    assert header.transfer_syntax_uid == make.EXPLICIT
    assert "The preamble and its prefix DICM are missing." in header.warnings


def test_meta_without_preamble_and_prefix_without_preamble_are_noted() -> None:
    whole = make.part10(make.uids() + make.pixels())
    assert "The preamble and its prefix DICM are missing." in read_header(whole[132:]).warnings
    assert "The preamble is missing." in read_header(whole[128:]).warnings


def test_a_missing_transfer_syntax_is_guessed() -> None:
    """B13"""
    header = read_header(make.part10(make.uids() + make.pixels(), transfer_syntax=None))
    assert header.transfer_syntax_uid == make.EXPLICIT
    assert header.warnings == ("The transfer syntax is missing or malformed and was guessed.",)


def test_a_lying_transfer_syntax_is_noted_and_kept() -> None:
    header = read_header(make.part10(make.uids() + make.pixels(), make.IMPLICIT))
    assert header.transfer_syntax_uid == make.IMPLICIT
    assert len(header.warnings) == 1


def test_the_uid_of_the_data_set_counts() -> None:
    """B13: MediaStorageSOPInstanceUID differs."""
    extra = make.explicit(0x00020003, "UI", b"9.9.9\0")
    header = read_header(make.part10(make.uids() + make.pixels(), extra_meta=extra))
    assert header.sop_instance_uid == "1.2.3.4"
    assert header.warnings == ("MediaStorageSOPInstanceUID is not the SOPInstanceUID of the data set, which counts.",)


def test_huge_file_meta_is_refused() -> None:
    """B13"""
    extra = make.explicit(0x00020102, "OB", bytes(70_000))
    assert _code(make.part10(make.uids() + make.pixels(), extra_meta=extra)) == RefusalCode.META_TOO_LARGE
    assert _code(make.part10(b"", extra_meta=extra[:12] + extra[:12] * 6000)) == RefusalCode.META_TOO_LARGE


def test_file_meta_said_twice_is_noted() -> None:
    """B13"""
    extra = make.explicit(0x00020003, "UI", b"1.2.3.4\0") + make.explicit(0x00020003, "UI", b"1.2.3.5\0")
    warnings = read_header(make.part10(make.uids() + make.pixels(), extra_meta=extra)).warnings
    assert "The file meta information says something twice, in two ways." in warnings


@pytest.mark.parametrize(
    "value",
    [
        b"1.2.x\0",
        b"../../etc",
        b"1." + b"2" * 63,
        b"1.02",
        b"1..2",
        b"1.2\0.3",
        b"1.2\n",
        b"%2e%2e",
        b" 1.2",
        b".1",
        b"1.",
    ],
)
def test_a_malformed_uid_is_refused(value: bytes) -> None:
    """B12"""
    wrong = make.uids().replace(make.explicit(0x00080018, "UI", b"1.2.3.4\0"), make.explicit(0x00080018, "UI", value))
    assert _code(make.part10(wrong + make.pixels())) == RefusalCode.BAD_UID


@pytest.mark.parametrize("value", [b"1.2.3.4\0", b"1.2.3.4 ", b"1.2.3.4\0\0 "])
def test_padding_of_a_uid_is_trimmed(value: bytes) -> None:
    """B12"""
    padded = make.uids().replace(make.explicit(0x00080018, "UI", b"1.2.3.4\0"), make.explicit(0x00080018, "UI", value))
    assert read_header(make.part10(padded + make.pixels())).sop_instance_uid == "1.2.3.4"


@pytest.mark.parametrize("keyword", ["sop_class", "instance", "study", "series"])
def test_an_empty_required_uid_is_refused(keyword: str) -> None:
    """B12"""
    assert _code(make.part10(make.uids(**{keyword: ""}) + make.pixels())) == RefusalCode.MISSING_UID


def test_uids_inside_a_sequence_do_not_count() -> None:
    inside = make.explicit(0x00081140, "SQ", make.item(make.uids()))
    assert _code(make.part10(inside + make.pixels())) == RefusalCode.MISSING_UID


def test_a_uid_written_twice_is_taken_only_when_both_agree() -> None:
    """B15: duplicate tags."""
    again = make.explicit(0x0020000D, "UI", b"1.2.3\0")
    assert read_header(make.part10(make.uids() + again + make.pixels())).study_instance_uid == "1.2.3"
    other = make.explicit(0x0020000D, "UI", b"1.2.4\0")
    assert _code(make.part10(make.uids() + other + make.pixels())) == RefusalCode.BAD_UID


def test_private_sequences_unknown_creators_and_disorder_are_walked() -> None:
    """B15"""
    private = make.explicit(
        0x00091001, "UN", make.item(make.implicit(0x00091002, b"ab")) + make.SEQUENCE_END, make.UNDEFINED
    )
    disorder = make.pixels() + private + make.uids()
    assert read_header(make.part10(disorder)).sop_instance_uid == "1.2.3.4"


def test_a_dicomdir_is_refused_in_plain_words() -> None:
    """B16"""
    extra = make.explicit(0x00020002, "UI", make.uid("1.2.840.10008.1.3.10"))
    assert _code(make.part10(b"", extra_meta=extra)) == RefusalCode.DICOMDIR


@pytest.mark.parametrize("body", [b"", b"\x89PNG\r\n\x1a\n" + bytes(200), b"<html>" * 50, bytes(500), b"DICOM" * 60])
def test_other_files_are_no_dicom(body: bytes) -> None:
    assert _code(body) == RefusalCode.NOT_DICOM


def test_objects_without_pixels_are_taken() -> None:
    """B16"""
    content = make.explicit(0x0040A730, "SQ", b"")
    assert read_header(make.part10(make.uids(make.COMPREHENSIVE_SR) + content)).sop_class_uid == make.COMPREHENSIVE_SR


def test_a_refusal_says_what_and_where_without_values() -> None:
    body = make.part10(make.uids() + make.explicit(0x7FE00010, "OW", bytes(1200), 524288))
    with pytest.raises(Refusal) as refused:
        read_header(body)
    assert refused.value.detail == "PixelData claims 524288 bytes, 1200 are there."
    assert refused.value.offset == len(body) - 1200


def test_two_hundred_thousand_elements_are_the_end() -> None:
    many = make.explicit(0x00091010, "LO", b"") * 200_001
    assert _code(make.part10(make.uids() + many + make.pixels())) == RefusalCode.TOO_MANY_ELEMENTS


def test_odd_lengths_are_noted() -> None:
    odd = make.explicit(0x00081030, "LO", b"abc")
    assert read_header(make.part10(make.uids() + odd + make.pixels())).warnings == ("An element has an odd length.",)


def test_big_endian_groups_are_told_from_little_endian_ones() -> None:
    swapped = make.explicit(0x00080016, "UI", make.uid(make.CT_IMAGE), order=">")
    assert struct.unpack(">H", swapped[:2]) == (8,)
    assert _code(make.part10(swapped, make.BIG)) == RefusalCode.MISSING_UID


def _sample(name: str) -> bytes:
    found = get_testdata_file(name, download=False)
    assert isinstance(found, str)
    return Path(found).read_bytes()

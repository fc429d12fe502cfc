"""B5: of a valid file only the whole is taken, wherever it is cut."""

from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from imaging.part10 import Refusal, RefusalCode, read_header
from tests.unit.imaging import dicom_bytes as make

# The trailing padding element of these files may be missing at its border: nothing of the image is lost with it.
_SAMPLES = {
    "CT_small.dcm": 1,
    "MR_small.dcm": 1,
    "MR_small_RLE.dcm": 1,
    "MR_small_bigendian.dcm": 1,
    "JPEG2000-embedded-sequence-delimiter.dcm": 0,
    "SC_rgb_small_odd_jpeg.dcm": 0,
    "reportsi.dcm": 0,
}


@pytest.mark.parametrize("name", _SAMPLES)
def test_a_file_cut_at_any_byte_is_refused(name: str) -> None:
    """B5"""
    whole = _sample(name)
    assert read_header(whole)
    passed = [end for end in _ends(len(whole)) if _passes(memoryview(whole)[:end])]
    assert len(passed) <= _SAMPLES[name]


def test_an_implicit_file_cut_at_any_byte_is_refused() -> None:
    """B5"""
    content = make.implicit(0x00080016, make.uid(make.CT_IMAGE)) + make.implicit(0x00080018, b"1.2.3.4\0")
    content += make.implicit(0x0020000D, b"1.2.3\0") + make.implicit(0x0020000E, b"1.2.3.1\0")
    icon = make.implicit(0x00880200, make.item(make.implicit(0x7FE00010, bytes(64))))
    whole = make.part10(content + icon + make.implicit(0x7FE00010, bytes(64)), make.IMPLICIT)
    assert read_header(whole)
    assert not [end for end in range(len(whole)) if _passes(whole[:end])]


def test_a_deflated_file_cut_at_any_byte_is_refused() -> None:
    """B5: the block that ends the stream is missed."""
    whole = make.deflated(make.uids() + make.explicit(0x00081030, "LO", bytes(range(32, 96))) + make.pixels(600))
    assert read_header(whole)
    assert not [end for end in range(len(whole)) if _passes(whole[:end])]


def test_a_report_cut_before_its_content_is_refused() -> None:
    """B5: at the border of an element, where all lengths hold."""
    with pytest.raises(Refusal) as refused:
        read_header(make.part10(make.uids(make.COMPREHENSIVE_SR)))
    assert refused.value.code == RefusalCode.TRUNCATED


def test_an_image_without_pixels_is_refused() -> None:
    """B5"""
    with pytest.raises(Refusal, match="ends without PixelData"):
        read_header(make.part10(make.uids()))


@pytest.mark.parametrize("tag", [0x7FE00008, 0x7FE00009, 0x00287FE0])
def test_pixels_may_be_floats_or_elsewhere(tag: int) -> None:
    vr = {0x7FE00008: "OF", 0x7FE00009: "OD", 0x00287FE0: "UR"}[tag]
    assert read_header(make.part10(make.uids() + make.explicit(tag, vr, b"http:///")))


def _ends(size: int) -> list[int]:
    """Every end in the header and the last kilobytes; in the pixels between, one in ninety-seven."""
    return [end for end in range(size) if end < 8000 or end > size - 3000 or end % 97 == 0]


def _passes(body: bytes | memoryview) -> bool:
    try:
        read_header(body)
    except Refusal:
        return False
    return True


def _sample(name: str) -> bytes:
    found = get_testdata_file(name, download=False)
    assert isinstance(found, str)
    return Path(found).read_bytes()

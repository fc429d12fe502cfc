"""B5: of a valid file only the whole is taken for whole, wherever it is cut; an image without pixels says so."""

from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from imaging.dicom.part10 import Refusal, RefusalCode, read_header
from tests.unit.imaging import dicom_bytes as make

_NO_PIXELS = "The object has no pixel data: it is kept, without a picture."

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
    warnings = [_warnings(memoryview(whole)[:end]) for end in _ends(len(whole))]
    assert len([one for one in warnings if one is not None and _NO_PIXELS not in one]) <= _SAMPLES[name]
    # Between two elements of an image nothing tells a cut from a header that was sent alone.
    assert len([one for one in warnings if one is not None and _NO_PIXELS in one]) < 150


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


@pytest.mark.parametrize("sop_class", [make.CT_IMAGE, "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.481.2"])
def test_an_image_without_pixels_is_taken_and_told(sop_class: str) -> None:
    """Nothing is cut: headers alone, an icon, a vendor's pixels in private elements."""
    icon = make.explicit(0x00880200, "SQ", make.item(make.pixels(64)))
    private = make.explicit(0x07A10010, "LO", b"ELSCINT1") + make.explicit(0x07A1100A, "OW", bytes(64))
    for content in (b"", icon, private):
        assert read_header(make.part10(make.uids(sop_class) + content)).warnings == (_NO_PIXELS,)


@pytest.mark.parametrize("tail", [bytes(8), bytes(512), bytes(3)])
def test_zeros_in_the_place_of_pixels_are_a_cut(tail: bytes) -> None:
    """As a download leaves behind that was given its size beforehand."""
    with pytest.raises(Refusal) as refused:
        read_header(make.part10(make.uids() + tail))
    assert refused.value.code == RefusalCode.TRUNCATED


@pytest.mark.parametrize("tag", [0x7FE00008, 0x7FE00009, 0x00287FE0])
def test_pixels_may_be_floats_or_elsewhere(tag: int) -> None:
    vr = {0x7FE00008: "OF", 0x7FE00009: "OD", 0x00287FE0: "UR"}[tag]
    assert read_header(make.part10(make.uids() + make.explicit(tag, vr, b"http:///")))


def _ends(size: int) -> list[int]:
    """Every end in the header and the last kilobytes; in the pixels between, one in ninety-seven."""
    return [end for end in range(size) if end < 8000 or end > size - 3000 or end % 97 == 0]


def _passes(body: bytes | memoryview) -> bool:
    """Is it taken for a whole object?"""
    warnings = _warnings(body)
    return warnings is not None and _NO_PIXELS not in warnings


def _warnings(body: bytes | memoryview) -> tuple[str, ...] | None:
    try:
        return read_header(body).warnings
    except Refusal:
        return None


def _sample(name: str) -> bytes:
    found = get_testdata_file(name, download=False)
    assert isinstance(found, str)
    return Path(found).read_bytes()

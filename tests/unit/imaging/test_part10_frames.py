"""B5, B18: what is said of frames is bounded frame by frame and in bytes, everything else as a whole."""

import json

import pytest

from imaging.dicom.elements import Limits
from imaging.dicom.header import read_tags
from imaging.dicom.part10 import Refusal, RefusalCode, read_header
from imaging.header.kept_tags import MOST_BYTES, kept_tags
from tests.unit.imaging import dicom_bytes as make

_PER_FRAME = "52009230"


def _frames(count: int, elements: int, value: bytes = b"", delimited: bool = False) -> bytes:
    private = make.explicit(0x20050010, "LO", b"ACME") + b"".join(
        make.explicit(0x20051000 + place, "LO", value) for place in range(elements - 5)
    )
    nested = make.explicit(0x2005140F, "SQ", make.item(private))
    position = make.explicit(0x00200032, "DS", b"1\\2\\3 ")
    frame = make.explicit(0x00209113, "SQ", make.item(position)) + nested
    items = (make.item(frame, make.UNDEFINED) + make.ITEM_END if delimited else make.item(frame)) * count
    per_frame = make.explicit(0x52009230, "SQ", items + (make.SEQUENCE_END if delimited else b""),
                              make.UNDEFINED if delimited else None)  # fmt: skip
    return make.part10(make.uids() + per_frame + make.pixels())


@pytest.mark.parametrize("delimited", [False, True])
@pytest.mark.parametrize(("count", "elements"), [(1100, 200), (5000, 60), (120, 1990)])
def test_many_frames_with_many_elements_are_ordinary(count: int, elements: int, delimited: bool) -> None:
    body = _frames(count, elements, b"1 ", delimited)
    assert read_header(body).sop_instance_uid == "1.2.3.4"
    assert len(read_tags(body).document[_PER_FRAME]["Value"]) == count


def test_a_frame_has_a_bound_of_its_own() -> None:
    for body in (_frames(3, 2001), _frames(1, 30_000)):
        with pytest.raises(Refusal, match="2000 data elements of one frame") as refused:
            read_header(body)
        assert refused.value.code == RefusalCode.TOO_MANY_ELEMENTS


def test_frames_do_not_use_up_what_the_rest_may_have_and_lend_it_nothing() -> None:
    rest = make.explicit(0x00091010, "LO", b"") * 300
    limits = Limits(elements=310, frame_elements=50)
    whole = make.part10(make.uids() + rest) + _frames(100, 40)[make.part10(b"").__len__() + len(make.uids()) :]
    assert read_header(whole, limits)
    with pytest.raises(Refusal, match="more than 305 data elements\\."):
        read_header(whole, Limits(elements=305, frame_elements=50))


def test_what_is_said_of_frames_is_bounded_in_bytes() -> None:
    body = _frames(50, 40, bytes(40))
    assert read_header(body, Limits(frames_bytes=len(body)))
    with pytest.raises(Refusal, match="bytes"):
        read_header(body, Limits(frames_bytes=len(body) // 2))


def test_the_same_sequence_inside_another_has_no_frames() -> None:
    """Only that of the object itself speaks of its frames."""
    frames = make.explicit(0x52009230, "SQ", make.item(make.explicit(0x00080005, "CS", b"")) * 200)
    body = make.part10(make.uids() + make.explicit(0x00081140, "SQ", make.item(frames)) + make.pixels())
    with pytest.raises(Refusal, match="more than 300"):
        read_header(body, Limits(elements=300))


def test_a_header_that_a_row_can_hold_is_kept_whole() -> None:
    document = read_tags(_frames(20, 30, b"1 ")).document
    assert (json.loads(kept_tags(document)[0]), kept_tags(document)[1]) == (document, ())


def test_of_a_large_header_private_elements_of_frames_stay_in_the_file() -> None:
    document = read_tags(_frames(1500, 200, b"value ")).document
    written, (warning,) = kept_tags(document)
    frames = json.loads(written)[_PER_FRAME]["Value"]
    assert len(written) <= MOST_BYTES
    assert "private elements" in warning
    assert len(frames) == 1500
    assert set(frames[0]) == {"00209113"}


def test_of_a_larger_one_the_first_frames_are_kept() -> None:
    position = {"vr": "SQ", "Value": [{"00200032": {"vr": "DS", "Value": [1.5, 2.5, 3.5]}}]}
    frames = [{"00209113": position, "00209157": {"vr": "UL", "Value": [number]}} for number in range(90_000)]
    written, (warning,) = kept_tags({"00080060": {"vr": "CS"}, _PER_FRAME: {"vr": "SQ", "Value": frames}})
    kept = json.loads(written)[_PER_FRAME]["Value"]
    assert len(written) <= MOST_BYTES
    assert kept == frames[: len(kept)]
    assert f"only the first {len(kept)} of 90000" in warning

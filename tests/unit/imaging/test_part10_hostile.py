"""Files made to harm: bombs, abysses, lies about lengths, noise."""

import resource
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from imaging.dicom.part10 import Limits, Refusal, RefusalCode, read_header
from tests.unit.imaging import dicom_bytes as make


def _code(body: bytes, limits: Limits = Limits()) -> RefusalCode:
    with pytest.raises(Refusal) as refused:
        read_header(body, limits)
    return refused.value.code


@pytest.mark.parametrize("defined", [True, False])
@pytest.mark.parametrize("depth", [65, 200, 5_000, 100_000])
def test_an_abyss_of_sequences_is_refused(depth: int, defined: bool) -> None:
    """B3: without recursion."""
    body = make.part10(make.uids() + make.nested(depth, defined) + make.pixels())
    assert _code(body) == RefusalCode.TOO_DEEP


@pytest.mark.parametrize("defined", [True, False])
def test_sixty_four_sequences_deep_is_taken(defined: bool) -> None:
    assert read_header(make.part10(make.uids() + make.nested(64, defined) + make.pixels()))


def test_a_deflated_bomb_is_refused_in_bounded_memory() -> None:
    """B2: 600 MB behind 600 kB."""
    squeeze = zlib.compressobj(wbits=-15)
    block = bytes(1 << 20)
    bomb = make.part10(b"".join(squeeze.compress(block) for _ in range(600)) + squeeze.flush(), make.DEFLATED)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert _code(bomb) == RefusalCode.INFLATES_TOO_MUCH
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 * 1024


def test_the_inflated_size_has_its_own_limit() -> None:
    """B2"""
    body = make.deflated(make.uids() + make.pixels(4000))
    assert _code(body, Limits(inflate_bytes=2000)) == RefusalCode.INFLATES_TOO_MUCH


def test_noise_that_claims_to_be_deflated_is_refused() -> None:
    assert _code(make.part10(b"\xff" * 100, make.DEFLATED)) == RefusalCode.BAD_DEFLATE


@pytest.mark.parametrize(
    ("element", "code"),
    [
        (make.explicit(0x00081030, "LO", b"ab", 400), RefusalCode.TRUNCATED),
        (make.explicit(0x00081030, "UT", b"ab", make.UNDEFINED), RefusalCode.BAD_LENGTH),
        (make.explicit(0x00081030, "UT", b"ab", 0xFFFFFFFE), RefusalCode.TRUNCATED),
        (make.explicit(0x00081140, "SQ", make.item(b"", 90), 8), RefusalCode.BAD_LENGTH),
        (make.explicit(0x00081140, "SQ", make.item(make.explicit(0x00081030, "LO", b"a", 99))), RefusalCode.BAD_LENGTH),
        (make.explicit(0x00081140, "SQ", make.item(b"", make.UNDEFINED)), RefusalCode.BAD_LENGTH),
        (make.explicit(0x00081140, "SQ", b"12345678"), RefusalCode.BAD_LENGTH),
        (make.explicit(0x00081140, "SQ", b"1234"), RefusalCode.BAD_LENGTH),
    ],
)
def test_lengths_that_cannot_be_are_refused(element: bytes, code: RefusalCode) -> None:
    """B4"""
    assert _code(make.part10(make.uids() + element + make.pixels(100))) == code


@pytest.mark.parametrize(
    ("fragments", "code"),
    [
        (make.item(b"") + make.item(b"12"), RefusalCode.TRUNCATED),
        (make.item(b"") + make.item(b"12", 400) + make.SEQUENCE_END, RefusalCode.TRUNCATED),
        (make.item(b"") + make.item(b"12", make.UNDEFINED) + make.SEQUENCE_END, RefusalCode.BAD_LENGTH),
        (make.item(b"") + b"12345678" + make.SEQUENCE_END, RefusalCode.BAD_LENGTH),
    ],
)
def test_encapsulated_pixels_must_be_closed(fragments: bytes, code: RefusalCode) -> None:
    """B6"""
    encapsulated = make.explicit(0x7FE00010, "OB", fragments, make.UNDEFINED)
    assert _code(make.part10(make.uids() + encapsulated, "1.2.840.10008.1.2.4.50")) == code


def test_fragments_count_as_elements() -> None:
    encapsulated = make.explicit(0x7FE00010, "OB", make.item(b"") * 300, make.UNDEFINED)
    body = make.part10(make.uids() + encapsulated + make.SEQUENCE_END, "1.2.840.10008.1.2.4.50")
    assert read_header(body, Limits(elements=310))
    assert _code(body, Limits(elements=299)) == RefusalCode.TOO_MANY_ELEMENTS


@settings(max_examples=300, deadline=None, derandomize=True)
@given(data=some.data())
def test_damaged_files_end_in_a_header_or_a_refusal(data: some.DataObject) -> None:
    """B19: no other error comes out."""
    sequence = make.explicit(0x00081140, "SQ", make.item(make.explicit(0x00081150, "UI", b"1.2\0")))
    whole = bytearray(make.part10(make.uids() + sequence + make.pixels(20)))
    damages = some.tuples(some.integers(0, len(whole) - 1), some.sampled_from([0, 1, 0x41, 0x53, 0xFE, 0xFF]))
    for position, byte in data.draw(some.lists(damages, min_size=1, max_size=6)):
        whole[position] = byte
    with suppress(Refusal):
        assert read_header(bytes(whole)).sop_class_uid

"""What a data element looks like in a file: its length form, its byte order, and the limits a file may reach."""

from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct
from typing import Any, NamedTuple

from pydicom.datadict import keyword_for_tag

UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
SEQUENCE = b"SQ"

# PS3.5 7.1.2: these carry a 16-bit length, the others two reserved bytes and a 32-bit length.
SHORT_FORM = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
LONG_FORM = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
KNOWN_VRS = SHORT_FORM | LONG_FORM

# (tag, VR, start of the value, length). A plain tuple: a named one costs more than the rest of the walk.
# The VR is empty where the file writes none (implicit VR). A sequence is followed by its items (ITEM … ITEM_END) and by
# SEQUENCE_END, also where the file uses defined lengths. Encapsulated pixel data have the length UNDEFINED.
Element = tuple[int, bytes, int, int]


@dataclass(frozen=True)
class Limits:
    """What a file may reach: bytes, counts (of elements, items and fragments together), and the inflate ratio.

    `elements` are those outside the per-frame functional groups (PS3.3 C.7.6.16), of which each frame may have
    `frame_elements` and all together `frames_bytes`.
    """

    meta_bytes: int = 64 * 1024
    elements: int = 200_000
    frame_elements: int = 2_000
    frames_bytes: int = 32 << 20
    depth: int = 64
    inflate_ratio: int = 100
    inflate_bytes: int = 1 << 30


def tag_name(tag: int) -> str:
    """The keyword, or `(gggg,eeee)` for a tag the dictionary does not know."""
    return keyword_for_tag(tag) or f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


class Encoding(NamedTuple):
    """How headers are written: `header` unpacks group, number (, VR) and length; `item` the same without VR."""

    implicit: bool
    big_endian: bool
    header: Callable[..., tuple[Any, ...]]
    item: Callable[..., tuple[Any, ...]]
    length: Callable[..., tuple[Any, ...]]


def _encoding(implicit: bool, order: str) -> Encoding:
    item = Struct(order + "HHI").unpack_from
    explicit = Struct(order + "HH2sH").unpack_from
    return Encoding(implicit, order == ">", item if implicit else explicit, item, Struct(order + "I").unpack_from)


IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG = _encoding(True, "<"), _encoding(False, "<"), _encoding(False, ">")

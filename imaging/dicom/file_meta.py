"""Where a file's data set begins and what its File Meta Information (PS3.10 7.1) says about it."""

from dataclasses import dataclass, field
from struct import Struct

from imaging.dicom.elements import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    KNOWN_VRS,
    LONG_FORM,
    Encoding,
    Limits,
)
from imaging.dicom.errors import Refusal, RefusalCode

PREAMBLE = 128
PREFIX = b"DICM"

_META_GROUP = 0x0002
# A data set starts with group 0008 unless it holds a command or a directory; both are no image store's business.
_FIRST_GROUPS = (b"\x02\0", b"\x08\0")
_EXPLICIT, _LENGTH, _GROUP = Struct("<HH2sH").unpack_from, Struct("<I").unpack_from, Struct("<H").unpack_from


@dataclass(frozen=True)
class FileMeta:
    """`elements` are the raw values of group 0002 by tag; `end` is where the data set begins."""

    has_preamble: bool
    end: int
    elements: dict[int, bytes]
    warnings: list[str] = field(default_factory=list)


def has_preamble(beginning: bytes | memoryview) -> bool:
    """Are the first 128 bytes a preamble? `DICM` may also stand by chance at 128 of a data set that has none."""
    if bytes(beginning[PREAMBLE : PREAMBLE + 4]) != PREFIX:
        return False
    return bytes(beginning[PREAMBLE + 4 : PREAMBLE + 6]) in _FIRST_GROUPS or _bare_encoding(beginning) is None


def read_file_meta(view: memoryview, limits: Limits) -> FileMeta:
    """Group 0002, which is explicit VR little endian whatever follows; raises Refusal."""
    start, with_preamble, warnings = _start(view)
    elements: dict[int, bytes] = {}
    position = start
    while len(view) - position >= 8 and _GROUP(view, position)[0] == _META_GROUP:
        tag, value, position = _meta_element(view, position, start + limits.meta_bytes)
        if elements.setdefault(tag, value) != value:
            warnings.append("The file meta information says something twice, in two ways.")
            elements[tag] = value
    if not elements:
        warnings.append("There is no file meta information.")
    return FileMeta(with_preamble, position, elements, warnings)


def encoding_seen(view: memoryview, start: int) -> Encoding | None:
    """How the first data element is really written, whatever the transfer syntax says; None when nobody can tell."""
    group, vr = bytes(view[start : start + 2]), bytes(view[start + 4 : start + 6])
    if len(vr) < 2:
        return None
    if vr not in KNOWN_VRS:
        return IMPLICIT_LITTLE
    # Groups are small numbers at the start of a data set, so the zero byte tells the order.
    return EXPLICIT_BIG if group[0] == 0 and group[1] != 0 else EXPLICIT_LITTLE


def _start(view: memoryview) -> tuple[int, bool, list[str]]:
    if has_preamble(view):
        return PREAMBLE + len(PREFIX), True, []
    if view[:4] == PREFIX:
        return len(PREFIX), False, ["The preamble is missing."]
    if _bare_encoding(view) is not None:
        return 0, False, ["The preamble and its prefix DICM are missing."]
    raise Refusal(RefusalCode.NOT_DICOM, "This is not a DICOM file: DICM does not stand at byte 128.", 0)


def _bare_encoding(view: bytes | memoryview) -> Encoding | None:
    group, vr = bytes(view[:2]), bytes(view[4:6])
    if vr in KNOWN_VRS:
        return EXPLICIT_LITTLE if group in _FIRST_GROUPS else EXPLICIT_BIG if group == b"\0\x08" else None
    # Implicit VR: the first element is short, so the upper half of its length is zero.
    return IMPLICIT_LITTLE if group in _FIRST_GROUPS and bytes(view[6:8]) == b"\0\0" else None


def _meta_element(view: memoryview, position: int, end: int) -> tuple[int, bytes, int]:
    group, number, vr, length = _EXPLICIT(view, position)
    start = position + 8
    if vr in LONG_FORM:
        start = position + 12
        length = _LENGTH(view, position + 8)[0] if len(view) >= start else len(view)
    elif vr not in KNOWN_VRS:
        length = _LENGTH(view, position + 4)[0]
    if start + length > end:
        raise Refusal(RefusalCode.META_TOO_LARGE, "The file meta information is larger than allowed.", position)
    if start + length > len(view):
        raise Refusal(RefusalCode.TRUNCATED, "The file ends inside its file meta information.", position)
    return group << 16 | number, bytes(view[start : start + length]), start + length

"""DICOM files made byte by byte, so that a test can make them wrong on purpose."""

import struct
import zlib

PREAMBLE = bytes(128)
EXPLICIT, IMPLICIT, BIG, DEFLATED = (
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
)
CT_IMAGE, COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.88.33"
UNDEFINED = 0xFFFFFFFF
_LONG = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")

ITEM_END = bytes.fromhex("feff0de000000000")
SEQUENCE_END = bytes.fromhex("feffdde000000000")


def explicit(tag: int, vr: str, value: bytes, length: int | None = None, order: str = "<") -> bytes:
    """One element with VR; `length` lies when given."""
    head = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    said = len(value) if length is None else length
    return head + (struct.pack(order + "HI", 0, said) if vr in _LONG else struct.pack(order + "H", said)) + value


def implicit(tag: int, value: bytes, length: int | None = None) -> bytes:
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value) if length is None else length) + value


def item(content: bytes, length: int | None = None) -> bytes:
    return implicit(0xFFFEE000, content, length)


def uid(text: str) -> bytes:
    return text.encode() + b"\0" * (len(text) % 2)


def uids(sop_class: str = CT_IMAGE, instance: str = "1.2.3.4", study: str = "1.2.3", series: str = "1.2.3.1") -> bytes:
    return (
        explicit(0x00080016, "UI", uid(sop_class))
        + explicit(0x00080018, "UI", uid(instance))
        + explicit(0x0020000D, "UI", uid(study))
        + explicit(0x0020000E, "UI", uid(series))
    )


def pixels(size: int = 8) -> bytes:
    return explicit(0x7FE00010, "OW", bytes(size))


def meta(transfer_syntax: str | None = EXPLICIT, extra: bytes = b"") -> bytes:
    elements = explicit(0x00020010, "UI", uid(transfer_syntax)) if transfer_syntax else b""
    return explicit(0x00020000, "UL", struct.pack("<I", len(extra) + len(elements))) + extra + elements


def part10(data_set: bytes, transfer_syntax: str | None = EXPLICIT, extra_meta: bytes = b"") -> bytes:
    return PREAMBLE + b"DICM" + meta(transfer_syntax, extra_meta) + data_set


def deflated(data_set: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return part10(squeeze.compress(data_set) + squeeze.flush(), DEFLATED)


def nested(depth: int, defined: bool) -> bytes:
    """A ContentSequence inside a ContentSequence, `depth` times."""
    if not defined:
        opened = explicit(0x0040A730, "SQ", b"", UNDEFINED) + item(b"", UNDEFINED)
        return opened * depth + (ITEM_END + SEQUENCE_END) * depth
    pieces = []
    size = 0
    for _ in range(depth):
        pieces.append(explicit(0x0040A730, "SQ", b"", size + 8) + item(b"", size))
        size += 20
    return b"".join(reversed(pieces))

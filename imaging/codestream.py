"""The headers of compressed frames, read before a decoder may allocate what they claim.

ITU-T T.81 B.2 (JPEG), T.87 C.2 (JPEG-LS), T.800 A.5 (JPEG 2000), PS3.5 G.5 (RLE).
"""

import struct
from dataclasses import dataclass
from itertools import pairwise

# Start-of-frame markers: C0–CF without DHT (C4), JPG (C8) and DAC (CC), and JPEG-LS's F7.
_FRAME_MARKERS = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN, _APP0, _APP14 = 0xDA, 0xE0, 0xEE
_END, _LONGEST_PADDING = b"\xff\xd9", 16
_J2K_START = b"\xff\x4f\xff\x51"
_RLE_HEADER = struct.Struct("<16I")


@dataclass(frozen=True)
class FrameHeader:
    """What a codestream says about itself; `marker` is JPEG's start-of-frame (C3 is lossless), 0 elsewhere."""

    rows: int
    columns: int
    samples: int
    precision: int
    marker: int = 0
    component_ids: bytes = b""
    is_jfif: bool = False
    adobe_transform: int | None = None


def jpeg_header(stream: bytes) -> FrameHeader:
    """The frame header of a JPEG or JPEG-LS stream. ValueError when there is none."""
    if stream[:2] != b"\xff\xd8":
        raise ValueError("no JPEG start of image")
    is_jfif, adobe = False, None
    for marker, body in _segments(stream):
        if marker == _APP0:
            is_jfif = is_jfif or body.startswith(b"JFIF")
        elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:
            adobe = body[11]
        elif marker in _FRAME_MARKERS:
            return _start_of_frame(marker, body, is_jfif, adobe)
    raise ValueError("no JPEG frame header before the scan")


def j2k_header(stream: bytes) -> FrameHeader:
    """The SIZ segment of a JPEG 2000 codestream, bare or in a JP2 file. ValueError when there is none."""
    # Some writers wrap the codestream in a JP2 file, against PS3.5 A.4.4; its boxes come first.
    start = stream.find(_J2K_START, 0, 4096)
    if start < 0 or len(stream) < start + 45:
        raise ValueError("no JPEG 2000 image size")
    right, bottom, left, top = struct.unpack_from(">4I", stream, start + 8)
    (samples,) = struct.unpack_from(">H", stream, start + 40)
    precision = (stream[start + 42] & 0x7F) + 1
    return FrameHeader(bottom - top, right - left, samples, precision)


def is_whole(stream: bytes) -> bool:
    """Does a JPEG, JPEG-LS or JPEG 2000 stream reach its end marker? Padding may follow it."""
    return _END in stream[-_LONGEST_PADDING:]


def rle_segments(stream: bytes) -> list[int]:
    """The lengths of the segments of an RLE frame. ValueError when the offsets are not in order inside it."""
    if len(stream) < _RLE_HEADER.size:
        raise ValueError("no RLE header")
    count, *offsets = _RLE_HEADER.unpack_from(stream)
    if not 1 <= count <= 15 or offsets[0] != _RLE_HEADER.size:
        raise ValueError("a wrong RLE header")
    edges = [*offsets[:count], len(stream)]
    lengths = [end - start for start, end in pairwise(edges)]
    if min(lengths) < 0:
        raise ValueError("RLE segments out of order")
    return lengths


def _segments(stream: bytes) -> list[tuple[int, bytes]]:
    """Markers and bodies up to the first scan."""
    found: list[tuple[int, bytes]] = []
    position = 2
    while position + 4 <= len(stream):
        if stream[position] != 0xFF:
            raise ValueError("no JPEG marker where one is due")
        marker = stream[position + 1]
        if marker == 0xFF or marker in _STANDALONE:  # T.81 B.1.1.2: fill bytes may stand before a marker.
            position += 1 if marker == 0xFF else 2
            continue
        if marker == _SCAN:
            break
        (length,) = struct.unpack_from(">H", stream, position + 2)
        if length < 2:
            raise ValueError("a JPEG segment without a length")
        found.append((marker, stream[position + 4 : position + 2 + length]))
        position += 2 + length
    return found


def _start_of_frame(marker: int, body: bytes, is_jfif: bool, adobe: int | None) -> FrameHeader:
    if len(body) < 6 or len(body) < 6 + 3 * body[5]:
        raise ValueError("a JPEG frame header cut short")
    precision, rows, columns, samples = struct.unpack_from(">BHHB", body)
    return FrameHeader(rows, columns, samples, precision, marker, body[6 : 6 + 3 * samples : 3], is_jfif, adobe)

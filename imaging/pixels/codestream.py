"""The headers of compressed frames, read before a decoder may allocate what they claim.

ITU-T T.81 B.2 (JPEG), T.87 C.2 (JPEG-LS), T.800 A.5 (JPEG 2000), PS3.5 G.5 (RLE).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

# Start-of-frame markers: C0–CF without DHT (C4), JPG (C8) and DAC (CC), and JPEG-LS's F7.
_FRAME_MARKERS = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN, _APP0, _APP14 = 0xDA, 0xE0, 0xEE
_END = b"\xff\xd9"
_J2K_START, _J2K_COD, _J2K_DATA = b"\xff\x4f\xff\x51", 0x52, b"\xff\x93"
_RLE_HEADER = struct.Struct("<16I")


@dataclass(frozen=True)
class FrameHeader:
    """What a codestream says about itself; `marker` is JPEG's start-of-frame (C3 is lossless), 0 elsewhere.

    `is_signed` and `is_transformed` (its colours, which a decoder turns back) are said by JPEG 2000 alone.
    """

    rows: int
    columns: int
    samples: int
    precision: int
    marker: int = 0
    component_ids: bytes = b""
    is_jfif: bool = False
    adobe_transform: int | None = None
    is_signed: bool = False
    is_transformed: bool = False


def jpeg_header(stream: bytes) -> FrameHeader:
    """The frame header of a JPEG or JPEG-LS stream. ValueError when there is none."""
    if stream[:2] != b"\xff\xd8":
        raise ValueError("no JPEG start of image")
    is_jfif, adobe = False, None
    for marker, body, _ in _segments(stream):
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
    depth = stream[start + 42]
    return FrameHeader(
        bottom - top,
        right - left,
        samples,
        (depth & 0x7F) + 1,
        is_signed=depth >> 7 == 1,
        is_transformed=_is_transformed(stream, start + 2),
    )


def whole_jpeg(stream: bytes) -> bytes:
    """A JPEG or JPEG-LS stream up to its end marker, whatever pads it. ValueError when it is cut before that."""
    # An application segment may hold a whole small image: only an end behind the first scan is the stream's own.
    scan = max((behind for _, _, behind in _segments(stream)), default=2)
    return _up_to(stream, stream.find(_END, scan))


def whole_j2k(stream: bytes) -> bytes:
    """A JPEG 2000 codestream, bare or in a JP2 file, up to its end marker. ValueError when it is cut before that."""
    # T.800 B.10.1: no two bytes of a packet are a marker; a length in a tile's header may look like one.
    return _up_to(stream, stream.rfind(_END, max(0, stream.find(_J2K_DATA))))


def rle_data_end(stream: bytes, start: int, length: int) -> int:
    """Where the runs of the segment at `start` have given `length` bytes (PS3.5 G.3). ValueError when they do not."""
    position, made = start, 0
    while made < length:
        if position >= len(stream):
            raise ValueError("an RLE segment ends before its pixels do")
        run = stream[position]
        made += run + 1 if run < 128 else 257 - run if run > 128 else 0
        position += run + 2 if run < 128 else 2 if run > 128 else 1
    return position


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


def _up_to(stream: bytes, end: int) -> bytes:
    if end < 0:
        raise ValueError("no end marker")
    return stream[: end + len(_END)]


def _is_transformed(stream: bytes, position: int) -> bool:
    """The multiple component transformation of the first COD segment (T.800 A.6.1) behind the one at `position`."""
    while stream[position : position + 2] != _J2K_DATA and position + 9 <= len(stream):
        marker, length = struct.unpack_from(">xBH", stream, position)
        if marker == _J2K_COD:
            return stream[position + 8] != 0
        position += 2 + length
    return False


def _segments(stream: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Markers and bodies up to the first scan, each with where the next one stands."""
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
        body = stream[position + 4 : position + 2 + length]
        position += 2 + length
        yield marker, body, position


def _start_of_frame(marker: int, body: bytes, is_jfif: bool, adobe: int | None) -> FrameHeader:
    if len(body) < 6 or len(body) < 6 + 3 * body[5]:
        raise ValueError("a JPEG frame header cut short")
    precision, rows, columns, samples = struct.unpack_from(">BHHB", body)
    return FrameHeader(rows, columns, samples, precision, marker, body[6 : 6 + 3 * samples : 3], is_jfif, adobe)

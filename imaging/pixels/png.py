"""Write PNG: the Up filter in numpy, then deflate by runs, which costs little and loses nothing on filtered lines.

Same pixels in, same bytes out: no time, no text, no chunk beyond IHDR, IDAT and IEND (ISO/IEC 15948).
"""

import struct
import zlib
from binascii import crc32

import numpy as np
import numpy.typing as npt

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB = 0, 2
_UP_FILTER = 2
_LEVEL, _WINDOW_BITS, _MEMORY = 1, 15, 9


def write_grey8(pixels: npt.NDArray[np.uint8]) -> bytes:
    """An 8-bit grey PNG of `pixels`, shape (rows, columns)."""
    return _png(pixels, pixels.shape[1], 8, _GREY)


def write_grey16(pixels: npt.NDArray[np.uint16]) -> bytes:
    """A 16-bit grey PNG of `pixels`, shape (rows, columns): lossless, every value as it is."""
    # Samples of 16 bits stand with the high byte first (ISO/IEC 15948, 7.1).
    return _png(pixels.astype(">u2").view(np.uint8), pixels.shape[1], 16, _GREY)


def write_rgb(pixels: npt.NDArray[np.uint8]) -> bytes:
    """An 8-bit colour PNG of `pixels`, shape (rows, columns, 3)."""
    rows, columns, samples = pixels.shape
    return _png(pixels.reshape(rows, columns * samples), columns, 8, _RGB)


def _png(lines: npt.NDArray[np.uint8], width: int, depth: int, colour: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, len(lines), depth, colour, 0, 0, 0)
    # Not isal: four times as fast, but of 60 pictures drawn twice under load two came out in other bytes.
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY, zlib.Z_RLE)
    body = deflate.compress(_filtered(lines).data) + deflate.flush()
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _filtered(lines: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Each line as its difference to the line above, behind the filter's number."""
    filtered = np.empty((lines.shape[0], lines.shape[1] + 1), np.uint8)
    filtered[:, 0] = _UP_FILTER
    filtered[0, 1:] = lines[0]
    np.subtract(lines[1:], lines[:-1], out=filtered[1:, 1:])
    return filtered


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(data, crc32(kind)))

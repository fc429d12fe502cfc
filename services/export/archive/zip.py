"""The stored ZIP, byte for byte: sizes and checksums are known beforehand, so every offset is a sum.

PKWARE APPNOTE 6.3.10; the sections are named where a field is written. Times are fixed, names are UTF-8.
"""

import struct
from dataclasses import dataclass

_MAX16, _MAX32 = 0xFFFF, 0xFFFFFFFF
_PLAIN, _ZIP64 = 20, 45  # 4.4.3: version needed to extract
_UTF8_NAMES = 0x0800  # 4.4.4, bit 11
_STORED = 0
_TIME, _DATE = 0, (1 << 5) | 1  # 1980-01-01 00:00, the earliest there is
_UNIX = 3 << 8
_REGULAR_FILE = 0o100644 << 16
_ZIP64_EXTRA = 0x0001


@dataclass(frozen=True)
class Entry:
    """A file in an archive: its name, its bytes' number and CRC-32."""

    name: str
    size: int
    crc32: int


def local_header(entry: Entry) -> bytes:
    """What stands before a file's bytes (4.3.7)."""
    large = entry.size >= _MAX32
    extra = struct.pack("<HHQQ", _ZIP64_EXTRA, 16, entry.size, entry.size) if large else b""
    size = _MAX32 if large else entry.size
    name = entry.name.encode()
    return (
        struct.pack(
            "<4sHHHHHIIIHH", b"PK\3\4", _ZIP64 if large else _PLAIN, _UTF8_NAMES, _STORED, _TIME, _DATE,
            entry.crc32, size, size, len(name), len(extra),
        ) + name + extra
    )  # fmt: skip


def directory_record(entry: Entry, offset: int) -> bytes:
    """An entry's line in the central directory (4.3.12); `offset` is where its local header begins."""
    wide = b"".join(struct.pack("<Q", value) for value in _wide_values(entry.size, offset))
    extra = struct.pack("<HH", _ZIP64_EXTRA, len(wide)) + wide if wide else b""
    version = _ZIP64 if wide else _PLAIN
    size = min(entry.size, _MAX32)
    name = entry.name.encode()
    return (
        struct.pack(
            "<4sHHHHHHIIIHHHHHII", b"PK\1\2", _UNIX | version, version, _UTF8_NAMES, _STORED, _TIME, _DATE,
            entry.crc32, size, size, len(name), len(extra), 0, 0, 0, _REGULAR_FILE, min(offset, _MAX32),
        ) + name + extra
    )  # fmt: skip


def directory_end(count: int, offset: int, size: int) -> bytes:
    """What ends the archive (4.3.14 to 4.3.16): `count` entries in a directory of `size` bytes at `offset`."""
    short = struct.pack(
        "<4sHHHHIIH", b"PK\5\6", 0, 0, min(count, _MAX16), min(count, _MAX16), min(size, _MAX32), min(offset, _MAX32), 0
    )
    if count < _MAX16 and size < _MAX32 and offset < _MAX32:
        return short
    long = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, _UNIX | _ZIP64, _ZIP64, 0, 0, count, count, size, offset)
    return long + struct.pack("<4sIQI", b"PK\6\7", 0, offset + size, 1) + short


def _wide_values(size: int, offset: int) -> list[int]:
    # 4.5.3: only what does not fit stands in the extra field, original size, stored size and offset in this order.
    return ([size, size] if size >= _MAX32 else []) + ([offset] if offset >= _MAX32 else [])

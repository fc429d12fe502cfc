"""ZIP archives: what the directory admits is judged before anything is unpacked, what is unpacked is held to it.

What would make the whole dangerous (its size, its number of members, shared bytes) refuses the whole; an odd member is
told, and the others are taken.
"""

import mmap
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from chassis.settings import Settings
from imaging.dicom.part10 import has_preamble
from services.ingest.outcomes import Reason, ReasonCode
from services.ingest.spool import Spool, SpooledFile

NAME_BYTES = 512
TIMES_REQUEST = 4  # an archive may unpack to this many times the largest request
RATIO, RATIO_FREE_BYTES = 100, 64 << 20
_CHUNK = 256 << 10
_LOCAL, _EMPTY, _END, _END64_LOCATOR, _END64 = b"PK\3\4", b"PK\5\6", b"PK\5\6", b"PK\6\7", b"PK\6\6"
_END_SIZE, _ENTRY_SIZE, _LONGEST_COMMENT = 22, 46, 0xFFFF
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# gzip, bzip2, xz, 7z, rar: no file of ours begins so.
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf\x27\x1c", b"Rar!")
_ENCRYPTED, _UTF8 = 0x1, 0x800
_ROOT = re.compile(r"^(?:[A-Za-z]:)?[/\\]*")
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class Unsafe(Exception):
    """`detail` is a sentence for the sender, without names out of the archive."""

    def __init__(self, detail: str, code: ReasonCode = ReasonCode.ARCHIVE_UNSAFE) -> None:
        super().__init__(detail)
        self.reason = Reason(code, detail)


@dataclass(frozen=True)
class Member:
    """A file of an archive, unpacked, or the reason why it was not."""

    name: str
    body: SpooledFile | None
    reason: Reason | None = None


def is_archive(body: SpooledFile) -> bool:
    """By content. A DICOM file may carry PK in its preamble; what stands behind the preamble counts."""
    start = body.start
    return start.startswith((_LOCAL, _EMPTY)) and start[128:132] != b"DICM"


def members(archive: SpooledFile, spool: Spool, settings: Settings) -> Iterator[Member]:
    """Each file in the archive's order; who takes one closes its body. Raises Unsafe before the first, or never.

    Blocks: it reads, inflates and hashes.
    """
    with _opened(archive) as file:
        archived = _directory(file, archive, settings)
        for entry in archived.infolist():
            if not entry.is_dir():
                yield _unpacked(archived, entry, spool, settings)


@contextmanager
def _opened(archive: SpooledFile) -> Iterator[BinaryIO]:
    body = archive.body()
    with BytesIO(body) if isinstance(body, bytes) else body.open("rb") as file:
        yield file


def _directory(file: BinaryIO, archive: SpooledFile, settings: Settings) -> zipfile.ZipFile:
    try:
        size = archive.read(_directory_bytes)
        if size > settings.parts * (_ENTRY_SIZE + NAME_BYTES):
            raise Unsafe("The archive's directory is larger than any we unpack.")
        archived = zipfile.ZipFile(file)
    except _BROKEN:
        raise Unsafe("The archive is damaged: its directory cannot be read.") from None
    _judge(archived, archive.size, settings)
    return archived


def _directory_bytes(body: bytes | mmap.mmap) -> int:
    """What the end record says, found as the zip library finds it: its memory follows this number."""
    end = len(body) - _END_SIZE
    if end < 0 or body[end : end + 4] != _END or body[-2:] != b"\0\0":
        end = body.rfind(_END, max(0, end - _LONGEST_COMMENT))
    if end < 0:
        raise zipfile.BadZipFile
    locator = end - 20
    if locator >= 0 and body[locator : locator + 4] == _END64_LOCATOR:
        (end64,) = struct.unpack_from("<Q", body, locator + 8)
        if body[locator - 56 : locator - 52] == _END64:
            end64 = locator - 56
        return int(struct.unpack_from("<Q", body, end64 + 40)[0])
    return int(struct.unpack_from("<L", body, end + 12)[0])


def _judge(archived: zipfile.ZipFile, archive_bytes: int, settings: Settings) -> None:
    """All that can be known without unpacking (reliability D12)."""
    entries = archived.infolist()
    files = [entry for entry in entries if not entry.is_dir()]
    total, most = sum(entry.file_size for entry in files), TIMES_REQUEST * settings.request_bytes
    if not files:
        raise Unsafe("The archive holds no file.", ReasonCode.EMPTY)
    if len(entries) > settings.parts:
        raise Unsafe(f"The archive has more than {settings.parts} members.")
    if total > most:
        raise Unsafe(f"The archive unpacks to {total} bytes, more than {most}.")
    if total > RATIO_FREE_BYTES and total > RATIO * archive_bytes:
        raise Unsafe(f"The archive unpacks to more than {RATIO} times its size.")
    _refuse_overlaps(entries, archived.start_dir)


def _odd(entry: zipfile.ZipInfo, settings: Settings) -> Reason | None:
    """Why this member is not even unpacked."""
    name = entry.filename.replace("\\", "/")
    if entry.file_size > settings.part_bytes:
        detail = f"The member has {entry.file_size} bytes; one file may have {settings.part_bytes}."
        return Reason(ReasonCode.TOO_LARGE, detail)
    if ".." in name.split("/") or len(name) > NAME_BYTES:
        return _unsafe("The member's name leads out of the archive, or is too long.")
    if entry.flag_bits & _ENCRYPTED:
        return _unsafe("The member is encrypted; send the archive without a password.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return _unsafe("The member is a symbolic link.")
    if entry.compress_type not in _METHODS:
        return _unsafe("The member is neither stored nor deflated.")
    return None


def _unsafe(detail: str) -> Reason:
    return Reason(ReasonCode.ARCHIVE_UNSAFE, detail)


def _refuse_overlaps(entries: list[zipfile.ZipInfo], end: int) -> None:
    """Entries that share bytes multiply what an archive unpacks to."""
    for entry in sorted(entries, key=lambda e: e.header_offset, reverse=True):
        if entry.header_offset + 30 + len(entry.filename) + entry.compress_size > end:
            raise Unsafe("Members of the archive overlap.")
        end = entry.header_offset


def _unpacked(archived: zipfile.ZipFile, entry: zipfile.ZipInfo, spool: Spool, settings: Settings) -> Member:
    name, odd = _name(entry), _odd(entry, settings)
    if odd:
        return Member(name, None, odd)
    with ExitStack() as stack:
        body = spool.file()
        stack.callback(body.close)
        try:
            _copy(archived, entry, body)
        except _BROKEN:
            return Member(name, None, _unsafe("The member is damaged: it is not what the directory says."))
        if is_archive(body):
            return Member(name, None, _unsafe("The member is an archive; send it by itself."))
        if body.start.startswith(_COMPRESSED) and not has_preamble(body.start):
            return Member(name, None, _unsafe("The member is compressed; unpack it and send what is in it."))
        stack.pop_all()
        return Member(name, body)


def _name(entry: zipfile.ZipInfo) -> str:
    """As in the archive, but never from a root or a drive, and no longer than a name may be."""
    return _ROOT.sub("", _decoded_name(entry))[:NAME_BYTES]


def _decoded_name(entry: zipfile.ZipInfo) -> str:
    """Archives that do not say UTF-8 hold the writer's own code page: UTF-8 all the same, or Windows in Korean."""
    if entry.flag_bits & _UTF8:
        return entry.filename
    raw = entry.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "cp949"):
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return entry.filename


def _copy(archived: zipfile.ZipFile, entry: zipfile.ZipInfo, body: SpooledFile) -> None:
    # The library reads no more than the size the directory gave, and compares the checksum at the end.
    with archived.open(entry) as member:
        while chunk := member.read(_CHUNK):
            body.append(chunk)
            if body.wants_disk:
                body.settle()
    body.finish()

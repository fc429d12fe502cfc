"""ZIP archives made to harm, each with a good image in it that must not get in either."""

import io
import stat
import struct
import zipfile
from collections.abc import Mapping

from tests.makers import ct_bytes

_MEMBERS = 10_001


def hostile_archives() -> Mapping[str, bytes]:
    """Every one of them is to be refused as a whole."""
    return {
        "nested": _zip({"a.dcm": ct_bytes(), "b.zip": _zip({"c.dcm": ct_bytes()})}),
        "overlapping": _overlapping(),
        "leading out": _zip({"a.dcm": ct_bytes(), "../../b.dcm": ct_bytes()}),
        "of the root": _zip({"/etc/passwd": ct_bytes()}),
        "of a drive": _zip({"C:\\windows\\b.dcm": ct_bytes()}),
        "encrypted": _flagged(_zip({"a.dcm": ct_bytes()})),
        "of too many": _zip({f"{number}": b"" for number in range(_MEMBERS)} | {"a.dcm": ct_bytes()}),
        "of a bomb": _zip({"a.dcm": ct_bytes(), "zeros": bytes(200 << 20)}),
        "with a link": _linked(),
        "cut": _zip({"a.dcm": ct_bytes()})[:-30],
    }


def _zip(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _overlapping() -> bytes:
    """Two entries of the directory share one file's bytes."""
    body = bytearray(_zip({"a.dcm": ct_bytes(), "b.dcm": ct_bytes()}))
    second = body.rindex(b"PK\1\2")
    struct.pack_into("<L", body, second + 42, 0)
    return bytes(body)


def _flagged(body: bytes) -> bytes:
    marked = bytearray(body)
    marked[6] |= 1
    marked[body.index(b"PK\1\2") + 8] |= 1
    return bytes(marked)


def _linked() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("a.dcm")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return buffer.getvalue()

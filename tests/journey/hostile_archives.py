"""ZIP archives made to harm, with a good image that must not get in either, and those with one odd member."""

import gzip
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
        "overlapping": _overlapping(),
        "of too many": _zip({f"{number}": b"" for number in range(_MEMBERS)} | {"a.dcm": ct_bytes()}),
        "of a bomb": _zip({"a.dcm": ct_bytes(), "zeros": bytes(200 << 20)}),
        "cut": _zip({"a.dcm": ct_bytes()})[:-30],
    }


def odd_archives() -> Mapping[str, bytes]:
    """Of every one the first member is told, and the good image behind it is taken."""
    return {
        "with one nested": _zip({"b.zip": _zip({"c.dcm": ct_bytes()}), "a.dcm": ct_bytes()}),
        "with one gzip": _zip({"b.dcm.gz": gzip.compress(ct_bytes()), "a.dcm": ct_bytes()}),
        "with one leading out": _zip({"../../b.dcm": ct_bytes(), "a.dcm": ct_bytes()}),
        "with one encrypted": _flagged(_zip({"b.dcm": ct_bytes(), "a.dcm": ct_bytes()})),
        "with one link": _linked(),
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
        link = zipfile.ZipInfo("b.dcm")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.dcm", ct_bytes())
    return buffer.getvalue()

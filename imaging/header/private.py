"""Private elements of a header, found by their block's creator wherever the block was put (PS3.5 7.8.1).

And the CSA header of Siemens MR objects: named values in bytes of their own, of which a few say where slices lie. Two
forms: CSA2 begins with `SV10`, CSA1 with the number of its entries. It is bulk and holds free text, so it is not kept;
what a mosaic is cut by is, in a private block of ours beside the rest of the header.
"""

import base64
import math
import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from imaging.header.dicom_json import Document

_BLOCKS = range(0x10, 0x100)

CSA_HEADER = ("SIEMENS CSA HEADER", 0x0029_10)  # the Image Header Info, (0029,xx10)
# Our block: elements (5243,xx01) and (5243,xx02).
MOSAIC_COUNT, SLICE_NORMAL = ("RCDM CSA", 0x5243_01), ("RCDM CSA", 0x5243_02)

_MAGIC = b"SV10"
_ENTRY = struct.Struct("<64si4siii")  # name, VM, VR, type, number of items, check
_ITEM = struct.Struct("<4i")
_MOST_ENTRIES, _MOST_ITEMS = 1000, 1000


def private_values(document: Document, creator: str, element: int) -> list[Any]:
    """The values of element 0xggggee in a block of this creator; bytes where the file does not say of what kind."""
    for owner_key, key in _places(element):
        owner = document.get(owner_key)
        if owner is not None and _is_called(owner, creator):
            found = document.get(key, {})
            return [_decoded(found["InlineBinary"])] if "InlineBinary" in found else found.get("Value") or []
    return []


def private_count(document: Document, creator: str, element: int) -> int | None:
    """A whole number, also one that lost its VR: written as text, or in two bytes (little endian)."""
    for value in private_values(document, creator, element)[:1]:
        if isinstance(value, bytes) and len(value) == 2 and not value.strip(b" \0").isdigit():
            return int.from_bytes(value, "little")
        try:
            found = float(value.decode("ascii").strip(" \0")[:16] if isinstance(value, bytes) else value)
        except (TypeError, ValueError):
            return None
        return int(found) if found.is_integer() else None
    return None


@lru_cache(maxsize=256)
def _places(element: int) -> tuple[tuple[str, str], ...]:
    """In each block the keys of its creator and of the element: asked for of every frame."""
    group, number = element >> 8, element & 0xFF
    return tuple((f"{group:04X}00{block:02X}", f"{group:04X}{block:02X}{number:02X}") for block in _BLOCKS)


def _is_called(owner: dict[str, Any], creator: str) -> bool:
    return str((owner.get("Value") or [""])[0]).strip(" \0").casefold() == creator.casefold()


def _decoded(written: str) -> bytes:
    try:
        return base64.b64decode(written)
    except ValueError:
        return b""


def csa_elements(raw: bytes) -> dict[str, Any]:
    """DICOM JSON elements for what the header says of a mosaic; nothing where it says nothing or is torn."""
    entries: dict[str, list[str]] = {}
    try:
        entries = dict(_entries(raw))
    except (struct.error, ValueError):
        return {}
    count, normal = _numbers(entries.get("NumberOfImagesInMosaic")), _numbers(entries.get("SliceNormalVector"))
    found: dict[str, Any] = {}
    if len(count) == 1 and count[0].is_integer() and 0 <= count[0] < 1 << 16:
        found["52431001"] = {"vr": "US", "Value": [int(count[0])]}
    if len(normal) == 3:
        found["52431002"] = {"vr": "FD", "Value": normal}
    return {"52430010": {"vr": "LO", "Value": [MOSAIC_COUNT[0]]}, **found} if found else {}


def _entries(raw: bytes) -> Iterator[tuple[str, list[str]]]:
    """Raises struct.error where the bytes end too early, ValueError where they are no CSA header."""
    is_second = raw.startswith(_MAGIC)
    count, _ = struct.unpack_from("<2I", raw, 8 if is_second else 0)
    if not 0 < count <= _MOST_ENTRIES:
        raise ValueError
    position, extra = (16 if is_second else 8), None
    for _ in range(count):
        name, multiplicity, _, _, items, _ = _ENTRY.unpack_from(raw, position)
        position += _ENTRY.size
        if not 0 <= items <= _MOST_ITEMS:
            raise ValueError
        # In the first form each length is told too large, by the number of items of the first entry.
        extra = items if extra is None else extra
        values, position = _items(raw, position, items, 0 if is_second else extra, is_second)
        kept = values[:multiplicity] if multiplicity > 0 else values
        yield name.split(b"\0")[0].decode("latin_1"), [value for value in kept if value]


def _items(raw: bytes, position: int, count: int, extra: int, is_second: bool) -> tuple[list[str], int]:
    values = []
    for _ in range(count):
        first, second, _, _ = _ITEM.unpack_from(raw, position)
        length = second if is_second else first - extra
        position += _ITEM.size
        if length < 0 and not is_second:
            break  # the first form leaves rubbish behind the last value
        if not 0 <= length <= len(raw) - position:
            raise ValueError
        values.append(raw[position : position + length].split(b"\0")[0].decode("latin_1").strip())
        position += -(-length // 4) * 4
    return values, position


def _numbers(written: list[str] | None) -> list[float]:
    try:
        found = [float(value) for value in written or ()]
    except ValueError:
        return []
    return found if all(map(math.isfinite, found)) else []

"""Private elements of a document: found by their block's creator, wherever the block was put (PS3.5 7.8.1)."""

import base64
from functools import lru_cache
from typing import Any

from imaging.document import Document

_BLOCKS = range(0x10, 0x100)


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

"""Raw element values become DICOM JSON values (PS3.18 F.2.3), tolerantly: rubbish is a complaint, never an error."""

import base64
import math
import struct
from typing import Any

from imaging.dicom.charsets import CharacterSet

# Bytes from which a value is bulk data and stays in the file.
BULK_BINARY, BULK_TEXT = 256, 64 * 1024

_LONGEST_NUMBER = 64
_ONE_TEXT = frozenset(("LT", "ST", "UT", "UR"))
_MANY_TEXTS = frozenset(("AE", "AS", "CS", "DA", "DT", "LO", "SH", "TM", "UC", "UI"))
_BINARY = frozenset(("OB", "OW", "OF", "OD", "OL", "OV", "UN"))
_BINARY_NUMBERS = {
    vr: (code, struct.calcsize("<" + code))
    for vr, code in zip(("US", "SS", "UL", "SL", "UV", "SV", "FL", "FD"), "HhIiQqfd", strict=True)
}
_NAME_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")

# The members beside "vr" ({} when empty), and a complaint that holds nothing of the value.
Converted = tuple[dict[str, Any], str | None]


def is_bulk(vr: str, length: int) -> bool:
    return length > (BULK_BINARY if vr in _BINARY else BULK_TEXT)


def converted(vr: str, raw: bytes, characters: CharacterSet, big_endian: bool) -> Converted:
    """What stands beside "vr" in the JSON of one element. An unknown VR reads as text."""
    if not raw:
        return {}, None
    if vr in _BINARY_NUMBERS:
        return _binary_numbers(*_BINARY_NUMBERS[vr], raw, ">" if big_endian else "<")
    if vr in _BINARY:
        return _inline(raw, vr, big_endian)
    if vr == "AT":
        return _tags(raw, ">" if big_endian else "<")
    text, complaint = _text(raw, characters)
    if vr in ("DS", "IS"):
        return _decimal_numbers(text)
    if vr in _ONE_TEXT:
        return ({"Value": [text.rstrip(" ")]} if text.strip(" ") else {}), complaint
    if vr == "PN":
        return _listed([_name(part) for part in text.split("\\")]), complaint
    return _listed([part.strip(" ") or None for part in text.split("\\")]), complaint


def _text(raw: bytes, characters: CharacterSet) -> tuple[str, str | None]:
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii").replace("\0", ""), None
    text, complaint = characters.decode(raw)
    # PostgreSQL keeps no U+0000, and no half of a surrogate pair either.
    return text.replace("\0", ""), complaint


def _listed(values: list[Any]) -> dict[str, Any]:
    return {"Value": values} if values.count(None) < len(values) else {}


def _name(part: str) -> dict[str, str] | None:
    groups = zip(_NAME_GROUPS, part.split("="), strict=False)
    return {key: group.strip(" ") for key, group in groups if group.strip(" ^")} or None


def _decimal_numbers(text: str) -> Converted:
    values = [_decimal(part.strip()) for part in text.split("\\")]
    complaint = "a value is not a number" if any(isinstance(value, str) for value in values) else None
    finite = [None if isinstance(value, float) and not math.isfinite(value) else value for value in values]
    return _listed(finite), "a value is not finite" if finite != values else complaint


def _decimal(part: str) -> int | float | str | None:
    """The number, or the text as it stands (PS3.18 F.2.3.1 lets DS and IS be strings)."""
    if not part or len(part) > _LONGEST_NUMBER or "_" in part:
        return part[:_LONGEST_NUMBER] or None
    for read in (int, float):
        try:
            return read(part)
        except ValueError:
            continue
    return part


def _binary_numbers(code: str, size: int, raw: bytes, order: str) -> Converted:
    count = len(raw) // size
    values: list[Any] = list(struct.unpack_from(f"{order}{count}{code}", raw))
    complaint = "the length does not fit the VR" if len(raw) % size else None
    if code in "fd" and not all(map(math.isfinite, values)):
        return _listed([value if math.isfinite(value) else None for value in values]), "a value is not finite"
    return ({"Value": values} if values else {}), complaint


def _tags(raw: bytes, order: str) -> Converted:
    pairs = struct.iter_unpack(order + "HH", raw[: len(raw) // 4 * 4])
    return _listed([f"{group:04X}{number:04X}" for group, number in pairs]), None


def _inline(raw: bytes, vr: str, big_endian: bool) -> Converted:
    if big_endian and vr not in ("OB", "UN"):
        # PS3.18 F.2.7: inline binary is little endian.
        size = {"OW": 2, "OL": 4, "OF": 4}.get(vr, 8)
        raw = b"".join(raw[at : at + size][::-1] for at in range(0, len(raw), size))
    return {"InlineBinary": base64.b64encode(raw).decode("ascii")}, None

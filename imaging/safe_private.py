"""Private elements that are known to hold measures and no identity (PS3.15 E.3.10, Retain Safe Private Option).

An element is recognised by its block's creator and its own place in the block, never by the block's number. The
numbers of Table E.3.10-1, and those without which an image of that maker cannot be read: mosaics, gradients.
"""

import math
import struct
from typing import Any

from pydicom import DataElement
from pydicom.multival import MultiValue

# (creator in lower case, group and element inside its block): its VR. Only numbers leave, whatever the element holds.
SAFE_PRIVATE: dict[tuple[str, int], str] = {
    # Siemens: images in a mosaic, b value, gradient direction, b matrix
    ("siemens mr header", 0x0019_0A): "US",
    ("siemens mr header", 0x0019_0C): "IS",
    ("siemens mr header", 0x0019_0E): "FD",
    ("siemens mr header", 0x0019_27): "FD",
    # GE: table speed, time in the middle of the scan, rotation, gradient direction; images in the series
    ("gems_acqu_01", 0x0019_23): "DS",
    ("gems_acqu_01", 0x0019_24): "DS",
    ("gems_acqu_01", 0x0019_27): "DS",
    ("gems_acqu_01", 0x0019_BB): "DS",
    ("gems_acqu_01", 0x0019_BC): "DS",
    ("gems_acqu_01", 0x0019_BD): "DS",
    ("gems_sers_01", 0x0025_07): "SL",
    # GE: b value and following slice parameters, entry of the table; rows of the detector and their width
    ("gems_parm_01", 0x0043_39): "IS",
    ("gems_parm_01", 0x0043_6F): "DS",
    ("gems_helios_01", 0x0045_01): "SS",
    ("gems_helios_01", 0x0045_02): "FL",
    # Philips: b value, scale intercept and slope, gradient direction (RL, AP, FH), SUV and activity factors
    ("philips imaging dd 001", 0x2001_03): "FL",
    ("philips mr imaging dd 001", 0x2005_0D): "FL",
    ("philips mr imaging dd 001", 0x2005_0E): "FL",
    ("philips mr imaging dd 001", 0x2005_B0): "FL",
    ("philips mr imaging dd 001", 0x2005_B1): "FL",
    ("philips mr imaging dd 001", 0x2005_B2): "FL",
    ("philips pet private group", 0x7053_00): "DS",
    ("philips pet private group", 0x7053_09): "DS",
    # Elscint: dose-length product, duration; table velocity, pitch, rotation time
    ("elscint1", 0x00E1_21): "DS",
    ("elscint1", 0x00E1_50): "DS",
    ("elscint1", 0x01F1_07): "DS",
    ("elscint1", 0x01F1_26): "DS",
    ("elscint1", 0x01F1_27): "DS",
    # United Imaging: b value, gradient direction, images in a mosaic
    ("image private header", 0x0065_09): "FD",
    ("image private header", 0x0065_37): "FD",
    ("image private header", 0x0065_50): "DS",
}
# United Imaging: the slices of a mosaic, each with public elements for its position and time.
SAFE_SEQUENCES = frozenset({("image private header", 0x0065_51)})
_TEXT_NUMBERS = frozenset({"DS", "IS"})
_PACKED = {"FL": "f", "FD": "d", "US": "H", "SS": "h", "UL": "I", "SL": "i"}
_LONGEST_NUMBER = 16


def safe_number(creator: str, element: DataElement) -> DataElement | None:
    """The element as it may leave, as numbers of one VR; None where it is not known, or holds anything else."""
    vr = SAFE_PRIVATE.get(_place(creator, element))
    if vr is None:
        return None
    if element.VR in _PACKED or element.VR in _TEXT_NUMBERS:
        return element
    numbers = _numbers(element.value, vr)
    return DataElement(element.tag, vr, numbers if len(numbers) > 1 else numbers[0]) if numbers else None


def is_safe_sequence(creator: str, element: DataElement) -> bool:
    """May its items leave, cleaned as all items are?"""
    return element.VR == "SQ" and _place(creator, element) in SAFE_SEQUENCES


def _place(creator: str, element: DataElement) -> tuple[str, int]:
    return creator.strip().casefold(), (element.tag >> 16) << 8 | (element.tag & 0xFF)


def _numbers(value: Any, vr: str) -> list[Any]:
    """What a writer that did not know the element's VR left as text or as bytes (UN is little endian, PS3.5 6.2.2)."""
    if isinstance(value, bytes) and vr in _PACKED:
        size = struct.calcsize(f"<{_PACKED[vr]}")
        numbers = list(struct.unpack(f"<{len(value) // size}{_PACKED[vr]}", value)) if len(value) % size == 0 else []
        return numbers if all(map(math.isfinite, numbers)) else []
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace").rstrip("\0 ")
    parts = (
        [str(part).strip() for part in value] if isinstance(value, MultiValue | list) else str(value or "").split("\\")
    )
    return parts if all(map(_is_number, parts)) and vr in _TEXT_NUMBERS else []


def _is_number(text: str) -> bool:
    try:
        return len(text) <= _LONGEST_NUMBER and text.isascii() and "_" not in text and math.isfinite(float(text))
    except ValueError:
        return False

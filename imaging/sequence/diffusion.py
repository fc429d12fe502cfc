"""The diffusion weighting of an image in s/mm² and its direction, from the standard or from where makers keep them."""

import math
from collections.abc import Sequence

from imaging.header.dicom_json import Document, items, number, numbers
from imaging.header.orientation import Vector
from imaging.header.private import private_values

# The makers' own places: group, private creator, element inside its block (DICOM conformance statements).
_B_VALUES = (
    (0x0019, "SIEMENS MR HEADER", 0x0C),
    (0x2001, "Philips Imaging DD 001", 0x03),
    (0x0065, "Image Private Header", 0x09),
)
_DIRECTIONS = (
    (0x0019, "SIEMENS MR HEADER", (0x0E,)),
    (0x2005, "Philips MR Imaging DD 001", (0xB0, 0xB1, 0xB2)),
    (0x0065, "Image Private Header", (0x37,)),
    (0x0019, "GEMS_ACQU_01", (0xBB, 0xBC, 0xBD)),
)
_GE_B_VALUE = (0x0043, "GEMS_PARM_01", 0x39)
_GE_OFFSET = 1_000_000_000
# Where all of these stand, as 0xggggee.
DIFFUSION_PLACES = frozenset(group << 8 | element for group, _, element in (*_B_VALUES, _GE_B_VALUE)) | {
    group << 8 | element for group, _, elements in _DIRECTIONS for element in elements
}


def b_value(document: Document) -> float | None:
    """None when there is none; 0.0 is a real value (the unweighted image)."""
    standard = number(document, "DiffusionBValue")
    if standard is not None:
        return standard
    for group, creator, element in _B_VALUES:
        if values := private_numbers(document, group, creator, element):
            return values[0]
    ge = private_numbers(document, *_GE_B_VALUE)
    # GE adds a thousand million on some releases.
    return ge[0] % _GE_OFFSET if ge else None


def b_direction(document: Document) -> Vector | None:
    """Which way the gradient pointed, in patient coordinates (GE: of the scanner); None where there was none."""
    inside = items(document, "DiffusionGradientDirectionSequence")[:1]
    for place in (*inside, document):
        if direction := _direction(numbers(place, "DiffusionGradientOrientation")):
            return direction
    for group, creator, elements in _DIRECTIONS:
        written = [value for element in elements for value in private_numbers(document, group, creator, element)]
        if direction := _direction(written):
            return direction
    return None


def private_numbers(document: Document, group: int, creator: str, element: int) -> list[float]:
    """The numbers of a private element; nothing where it is not there, or holds anything else."""
    values = private_values(document, creator, group << 8 | element)
    return [float(value) for value in values if isinstance(value, int | float)]


def _direction(written: Sequence[float]) -> Vector | None:
    if len(written) != 3 or math.hypot(*written) < 1e-3:
        return None
    return written[0], written[1], written[2]

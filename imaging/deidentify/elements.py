"""Element by element what stays of a header, in every item of every sequence.

Private elements stay when they are known to hold measures and no identity (PS3.15 E.3.10, Retain Safe Private Option):
an element is recognised by its block's creator and its own place in the block, never by the block's number. The numbers
of Table E.3.10-1, and those without which an image of that maker cannot be read: mosaics, gradients.
"""

import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydicom import DataElement, Dataset
from pydicom.datadict import dictionary_has_tag
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag

from imaging.deidentify.profile import DESCRIPTORS, Action
from imaging.deidentify.text import clean_machine_text, clean_text
from imaging.deidentify.values import DUMMIES, REMOVED_TEXT, capped_age, plain_time, shifted_date, shifted_date_time

# United Imaging: the slices of a mosaic, each with public elements for its position and time.
SAFE_SEQUENCES = frozenset({("image private header", 0x0065_51)})
_TEXT_NUMBERS = frozenset({"DS", "IS"})
_PACKED = {"FL": "f", "FD": "d", "US": "H", "SS": "h", "UL": "I", "SL": "i"}
_LONGEST_NUMBER = 16

_TEXT = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "CS"})
_NUMBERS = frozenset({"DS", "IS", "FL", "FD", "US", "SS", "UL", "SL", "AT", "SV", "UV"})
# Prose is people's, and so are descriptions; what else the table does not list, and these two, machines fill.
_PROSE = frozenset({"ST", "LT", "UT", "UC"})
_OF_MACHINES = frozenset({"DerivationDescription", "AcquisitionDeviceProcessingDescription"})
_BULK = frozenset(
    {
        "PixelData", "FloatPixelData", "DoubleFloatPixelData", "LUTData", "RedPaletteColorLookupTableData",
        "GreenPaletteColorLookupTableData", "BluePaletteColorLookupTableData", "AlphaPaletteColorLookupTableData",
        "SegmentedRedPaletteColorLookupTableData", "SegmentedGreenPaletteColorLookupTableData",
        "SegmentedBluePaletteColorLookupTableData", "ExtendedOffsetTable", "ExtendedOffsetTableLengths",
    }
)  # fmt: skip
_SHORTEST_NUMBER = 5
_CODED_TERM = re.compile(r"[A-Z0-9 _]{0,16}")
# Public coding schemes (PS3.16 8), and how their codes look.
_SCHEMES = frozenset({"DCM", "SCT", "SRT", "SNM3", "99SDM", "LN", "RADLEX", "FMA", "UMLS", "NCIt", "I10", "ICD10"})
_UNITS = frozenset(
    {
        "1", "%", "mm", "cm", "m", "mm2", "cm2", "mm3", "cm3", "ml", "l", "mg", "g", "kg", "ug", "ms", "s", "min", "h",
        "Hz", "kHz", "MHz", "T", "mT", "deg", "kV", "mA", "mA.s", "mGy", "Gy", "mSv", "Bq", "MBq", "Bq/ml", "g/ml",
        "kg/m2", "{ratio}", "{counts}", "{pixels}", "[hnsf'U]", "um2/s", "mm2/s", "{SUVbw}g/ml",
    }
)  # fmt: skip
_CODE = re.compile(r"[A-Z]{0,2}-?[0-9A-F]{2,7}|[0-9]{3,18}|RID[0-9]{1,8}|[A-Z][0-9]{2}(\.[0-9]{1,4})?")


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


@dataclass(frozen=True)
class Subject:
    """Whose object it becomes: the pseudonym, the days its dates move, and whether age, sex, size, weight stay."""

    pseudonym: str
    shift_days: int
    characteristics: bool = True


@dataclass(frozen=True)
class Rules:
    """How the elements of one object are treated; `names` are words of people and places in it, in lower case."""

    actions: Mapping[int, Action]
    subject: Subject
    uids: Mapping[str, str]
    names: frozenset[str]


def tags_of(dataset: Dataset) -> list[BaseTag]:
    """Of its own elements, while they may be deleted."""
    return list(dataset.keys())


def values_of(element: DataElement) -> list[Any]:
    """None, one or several; always a list."""
    value = element.value
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue" else [value]


def clean_elements(dataset: Dataset, rules: Rules) -> None:
    """In place, items too; every element must have been readable."""
    creators = {
        tag: str(dataset[tag].value) for tag in tags_of(dataset) if tag.is_private_creator and dataset[tag].VR == "LO"
    }
    kept_blocks: set[BaseTag] = set()
    for tag in tags_of(dataset):
        if tag.is_private:
            block = BaseTag(tag.group << 16 | tag.element >> 8)
            if tag.element > 0xFF and _keeps_private(dataset, tag, creators.get(block, ""), rules):
                kept_blocks.add(block)
            elif not tag.is_private_creator:
                del dataset[tag]
        elif not _keeps(dataset, tag, rules):
            del dataset[tag]
    for tag in [tag for tag in tags_of(dataset) if tag.is_private_creator and tag not in kept_blocks]:
        del dataset[tag]


def _keeps_private(dataset: Dataset, tag: BaseTag, creator: str, rules: Rules) -> bool:
    """Whether it stays; of what is known to hold numbers nothing else stays."""
    if is_safe_sequence(creator, dataset[tag]):
        return _clean_items(dataset[tag], Action.CLEAN_ITEMS, rules)
    number = safe_number(creator, dataset[tag])
    if number is not None:
        dataset[tag] = number
    return number is not None


def _keeps(dataset: Dataset, tag: BaseTag, rules: Rules) -> bool:
    """Whether a public element stays; what has to change of it is changed."""
    if tag.element == 0 or tag.group in (0x0002, 0xFFFA, 0xFFFC) or not dictionary_has_tag(tag):
        return False
    if 0x5000 <= tag.group <= 0x50FF or 0x6000 <= tag.group <= 0x60FF:
        return False
    element = dataset[tag]
    action = rules.actions.get(tag) or _usual(element)
    if action is Action.REMOVE or (action is Action.DUMMY and element.VR not in DUMMIES):
        return False
    if element.VR == "SQ":
        return _clean_items(element, action, rules)
    if action is Action.EMPTY:
        element.value = "" if element.VR in DUMMIES or element.VR in ("UI", "UR") else None
    elif action is Action.DUMMY:
        element.value = DUMMIES[element.VR]
    elif action is Action.SHIFT:
        return _shift(element, rules.subject.shift_days, tag)
    elif action is Action.REPLACE_UID:
        return _replace_uids(element, rules)
    elif action is Action.CLEAN_TEXT:
        return _clean_text(element, rules)
    elif action is Action.RETAIN:
        return _retain(element)
    return True


def _clean_items(element: DataElement, action: Action, rules: Rules) -> bool:
    """Whether the sequence stays: one whose codes all go does not, one that may be empty does."""
    if action is Action.EMPTY:
        element.value = []
        return True
    had, kept = list(element.value or ()), []
    for item in had:
        is_code, code = "CodeMeaning" in item, _code_of(item, rules.names)
        clean_elements(item, rules)
        item.update(code)
        if code or not is_code:
            kept.append(item)
    if len(kept) < len(had):
        element.value = kept
    return bool(kept) or not had


def _usual(element: DataElement) -> Action:
    """What becomes of an element the table does not list: what its value representation can hold decides."""
    vr, keyword = element.VR, element.keyword
    if vr == "SQ":
        return Action.REMOVE if keyword.startswith("IssuerOf") else Action.CLEAN_ITEMS
    if vr == "UI":
        return Action.REPLACE_UID
    if vr in ("DA", "DT", "TM"):
        return Action.SHIFT
    if vr in _TEXT:
        return Action.CLEAN_TEXT
    if vr in ("PN", "AE"):
        return Action.EMPTY
    if vr in _NUMBERS or vr == "AS" or keyword in _BULK:
        return Action.RETAIN
    return Action.REMOVE


def _shift(element: DataElement, days: int, tag: BaseTag) -> bool:
    change = {
        "DA": lambda written: shifted_date(written, days),
        "DT": lambda written: shifted_date_time(written, days),
        "TM": plain_time,
    }.get(element.VR)
    if change is None:  # written with a VR that is not that of a date
        return False
    shifted = [change(str(one)) for one in values_of(element)]
    element.value = "" if None in shifted or not shifted else shifted if len(shifted) > 1 else shifted[0]
    return True


def _replace_uids(element: DataElement, rules: Rules) -> bool:
    if element.VR != "UI":
        return False
    found = [rules.uids.get(str(uid), str(uid)) for uid in values_of(element)]
    element.value = found if len(found) > 1 else found[0] if found else ""
    return True


def _clean_text(element: DataElement, rules: Rules) -> bool:
    """Whether it stays. A coded string stays whole or is emptied: half a term is another term.

    Text of which nothing is left is said to be removed, for an object may need to have some; a description is not.
    """
    if element.VR not in _TEXT:
        return False
    # A term of the standard is no name, even where somebody is called so.
    names = _numbers_of(rules.names) if element.VR == "CS" else rules.names
    clean = clean_text if _is_of_people(element) else clean_machine_text
    found = [clean(str(one), names) for one in values_of(element)]
    if element.VR == "CS":
        pairs = zip(found, map(str, values_of(element)), strict=True)
        found = [new if new == old.strip() and _CODED_TERM.fullmatch(new) else "" for new, old in pairs]
    elif found and not any(found):
        if element.VR in _PROSE or element.keyword in DESCRIPTORS:
            return False
        found = [REMOVED_TEXT]
    element.value = found if len(found) > 1 else found[0] if found else ""
    return True


def _is_of_people(element: DataElement) -> bool:
    if element.keyword in _OF_MACHINES or element.VR == "CS":
        return False
    return element.VR in _PROSE or element.keyword in DESCRIPTORS


def _numbers_of(names: frozenset[str]) -> frozenset[str]:
    """Whole numbers of people: a piece of one, such as 422, may be a piece of a term as well."""
    return frozenset(name for name in names if len(name) >= _SHORTEST_NUMBER and any(one.isdigit() for one in name))


def _code_of(item: Dataset, names: frozenset[str]) -> Dataset:
    """The code of an item that is one of a public scheme (PS3.3 8.1); of no other scheme does a code stay."""
    kept = Dataset()
    scheme, value = str(item.get("CodingSchemeDesignator", "")), str(item.get("CodeValue", ""))
    if (scheme in _SCHEMES and _CODE.fullmatch(value)) or (scheme == "UCUM" and value in _UNITS):
        kept.CodeValue, kept.CodingSchemeDesignator = value, scheme
        kept.CodeMeaning = clean_machine_text(str(item.get("CodeMeaning", "")), names) or value
    return kept


def _retain(element: DataElement) -> bool:
    if element.VR == "AS":
        ages = [capped_age(str(one)) for one in values_of(element)]
        element.value = ages[0] or "" if ages else ""
        return bool(ages) and ages[0] is not None
    if element.VR == "CS":
        element.value = next((one for one in map(str, values_of(element)) if one in ("M", "F", "O")), "")
        return True
    return element.VR in _NUMBERS or element.keyword in _BULK

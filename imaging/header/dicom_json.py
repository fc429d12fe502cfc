"""A document is one image's header in the DICOM JSON model; these read it and never raise on what a device wrote."""

import math
import re
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from pydicom.datadict import tag_for_keyword

# PS3.18 F.2: keyed by eight upper-case hexadecimal digits, each element {"vr": …, "Value": […]}; empty has no "Value".
Document = dict[str, Any]

_DATE = re.compile(r"(\d{4})([.\-/]?)(\d{2})\2(\d{2})")
_TIME = re.compile(r"(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.(\d{1,6})\d*)?)?)?$")
_ZONE = re.compile(r"[+-]\d{4}$")
_LONGEST_NUMBER = 64


@lru_cache(maxsize=4096)
def tag_key(keyword: str) -> str:
    """`"Rows"` → `"00280010"`. A keyword the standard does not know is our own slip: KeyError."""
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    return f"{tag:08X}"


def has(document: Document, keyword: str) -> bool:
    """Is the element there, be it empty?"""
    return tag_key(keyword) in document


def texts(document: Document, keyword: str) -> list[str]:
    """Every value as trimmed text, places kept: an empty value between two others is `""`."""
    return [_as_text(value) for value in _values(document, keyword)]


def text(document: Document, keyword: str) -> str | None:
    """The first value as trimmed text; None when absent or empty."""
    found = _values(document, keyword)
    return _as_text(found[0]) or None if found else None


def numbers(document: Document, keyword: str) -> list[float]:
    """Every value as a finite number, or nothing: a vector with a hole in it is no vector."""
    found = [_as_number(value) for value in _values(document, keyword)]
    return [] if None in found else [value for value in found if value is not None]


def number(document: Document, keyword: str) -> float | None:
    """The first value as a finite number; None when absent, empty or rubbish."""
    found = _values(document, keyword)
    return _as_number(found[0]) if found else None


def integer(document: Document, keyword: str) -> int | None:
    """The first value when it is a whole number (`"3"`, `3.0`), else None."""
    found = number(document, keyword)
    return int(found) if found is not None and found.is_integer() else None


def date_value(document: Document, keyword: str) -> date | None:
    """A DA, or the day of a DT: `YYYYMMDD`, `YYYY.MM.DD`, `YYYY-MM-DD`; anything else is None."""
    return _as_date(text(document, keyword) or "")


def time_value(document: Document, keyword: str) -> time | None:
    """A TM: `HH[MM[SS[.F]]]` or `HH:MM:SS[.F]`, without zone; anything else is None."""
    return _as_time(text(document, keyword) or "")


def datetime_value(document: Document, keyword: str) -> datetime | None:
    """A DT as the device's own clock showed it (a zone is left off); without an hour it is midnight."""
    written = _ZONE.sub("", text(document, keyword) or "")
    day = _DATE.match(written)
    if day is None:
        return None
    rest = written[day.end() :].lstrip(" T")
    parsed_date, parsed_time = _as_date(written), _as_time(rest) if rest else time()
    return datetime.combine(parsed_date, parsed_time) if parsed_date and parsed_time else None


def items(document: Document, keyword: str) -> list[Document]:
    """The items of a sequence, each a document itself."""
    return [value for value in _values(document, keyword) if isinstance(value, dict)]


def _values(document: Document, keyword: str) -> list[Any]:
    element = document.get(tag_key(keyword))
    if element is None:  # as most that are asked for
        return []
    values = element.get("Value") if isinstance(element, dict) else None
    return values if isinstance(values, list) else []


def _as_text(value: Any) -> str:
    if type(value) is str:
        return value.strip(" \0")
    if value is None:
        return ""
    if isinstance(value, dict):  # PS3.18 F.2.2: a person name is three named groups.
        groups = [str(value.get(name, "")) for name in ("Alphabetic", "Ideographic", "Phonetic")]
        return "=".join(groups).rstrip("=")
    return str(value).strip(" \0")


def _as_number(value: Any) -> float | None:
    if type(value) is float:
        return value if math.isfinite(value) else None
    written = _as_text(value)
    if "_" in written or len(written) > _LONGEST_NUMBER:  # float() reads "1_000", DICOM does not write it.
        return None
    try:
        found = float(written)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _as_date(written: str) -> date | None:
    found = _DATE.match(written)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None


def _as_time(written: str) -> time | None:
    found = _TIME.match(written)
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.group(1, 2, 3))
    try:
        # PS3.5 6.2: second 60 is a leap second, which Python's clock has no place for.
        return time(hour, minute, 59 if second == 60 else second, int((found[4] or "0").ljust(6, "0")))
    except ValueError:
        return None

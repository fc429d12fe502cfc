"""Single values on their way out: dates shifted, ages capped, dummies of each value representation."""

import re
from datetime import date, timedelta

_DATE = re.compile(r"(\d{4})[.]?(\d{2})[.]?(\d{2})")
_DATE_TIME = re.compile(r"(\d{4})(\d{2})?(\d{2})?((?:\d{2}){0,3}(?:\.\d{1,6})?)([+-]\d{4})?")
_TIME = re.compile(r"\d{2}(:?\d{2}(:?\d{2}(\.\d{1,6})?)?)?")
_AGE = re.compile(r"(\d{3})([DWMY])")
_DAYS = {"D": 1.0, "W": 7.0, "M": 30.44, "Y": 365.25}
_OLDEST_YEARS = 89
REMOVED_TEXT = "REMOVED"
# What stands where the table wants a value that says nothing.
DUMMIES = {
    **dict.fromkeys(("LO", "SH", "ST", "LT", "UT", "UC", "AE", "CS", "PN"), REMOVED_TEXT),
    "DA": "19000101",
    "DT": "19000101",
    "TM": "000000",
    "AS": "000D",
    "DS": "0",
    "IS": "0",
}


def shifted_date(written: str, days: int) -> str | None:
    """A DA value (PS3.5 6.2) so many days later; None for what is no date."""
    found = _DATE.fullmatch(written.strip())
    return _shifted(found[1], found[2], found[3], days) if found else None


def shifted_date_time(written: str, days: int) -> str | None:
    """A DT value, as exact as before, its time of day and zone unchanged; None for what is none."""
    found = _DATE_TIME.fullmatch(written.strip())
    if found is None:
        return None
    year, month, day, time, zone = found.groups()
    moved = _shifted(year, month or "07", day or "01", days)
    if moved is None:
        return None
    return moved[: 8 if day else 6 if month else 4] + time + (zone or "")


def plain_time(written: str) -> str | None:
    """A TM value as it is; None for what is none."""
    return written.strip() if _TIME.fullmatch(written.strip()) else None


def capped_age(written: str) -> str | None:
    """An AS value; whoever is older than 89 years is 90 (HIPAA 164.514(b)(2)(i)(C)). None for what is no age."""
    found = _AGE.fullmatch(written.strip())
    if found is None:
        return None
    years = int(found[1]) * _DAYS[found[2]] / _DAYS["Y"]
    return "090Y" if years >= _OLDEST_YEARS + 1 else found[0]


def _shifted(year: str, month: str, day: str, days: int) -> str | None:
    try:
        return f"{date(int(year), int(month), int(day)) + timedelta(days=days):%Y%m%d}".zfill(8)
    except (ValueError, OverflowError):
        return None

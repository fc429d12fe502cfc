"""Cells of a CSV that no spreadsheet takes for a formula (RFC 4180 quoting, UTF-8)."""

import re
from collections.abc import Iterable

from chassis.spreadsheet_safe import escape_formula

_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
_NUMBERS = re.compile(rf"{_NUMBER}(\\{_NUMBER})*")
_QUOTED = re.compile(r'[",\r\n]|^\s|\s$')


def csv_line(cells: Iterable[object]) -> str:
    """One line with its CRLF; None is an empty cell."""
    return ",".join(map(_quoted, map(cell, cells))) + "\r\n"


def cell(value: object) -> str:
    """The text of a cell: what could be a formula gets an apostrophe in front, numbers and lists of numbers do not."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return _number(value)
    text = str(value)
    return text if _NUMBERS.fullmatch(text) else escape_formula(text)


def numbers_as_written(text: str | None) -> str:
    """A DICOM decimal string, values between backslashes (PS3.5 6.2); empty when it holds anything but numbers."""
    tidy = "\\".join(part.strip() for part in (text or "").split("\\"))
    return tidy if _NUMBERS.fullmatch(tidy) else ""


def _number(value: float) -> str:
    whole = isinstance(value, int) or (value.is_integer() and abs(value) < 1e15)
    return str(int(value)) if whole else repr(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text

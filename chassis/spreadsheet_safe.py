"""Texts in cells of a CSV that leaves: no spreadsheet takes one for a formula, and we take it in again as it was.

Spreadsheets look past blanks and invisible characters, and some fold full-width and small forms to the plain signs.
"""

import unicodedata

# Beside the plain ones what is typed for a minus, or made one by compatibility.
_SIGNS = frozenset("=+-@\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2795\u2796\u02d7\u2043\u06d4")
_BLANK = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Mn"})
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")  # letters of Hangul that show nothing


def escape_formula(text: str) -> str:
    """With an apostrophe in front where a spreadsheet could take the text for a formula; no NUL."""
    text = text.replace("\0", "")
    return f"'{text}" if _is_formula(text.lstrip("'")) else text


def unescape_formula(text: str) -> str:
    """What `escape_formula` was given, from what it gave."""
    return text[1:] if text.startswith("'") and _is_formula(text.lstrip("'")) else text


def _is_formula(text: str) -> bool:
    if unicodedata.category(text[:1] or "x") == "Cc":
        return True
    first = next((one for one in text if unicodedata.category(one) not in _BLANK and one not in _FILLERS), "")
    return unicodedata.normalize("NFKC", first)[:1] in _SIGNS if first else False

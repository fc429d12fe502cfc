"""Free text on its way out: only words that cannot name anybody stay (PS3.15 E.3.5, Clean Descriptors Option).

A word has to be known to be kept, so a name nobody thought of goes with the rest.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

_WORDS_FILE = Path(__file__).with_name("data") / "safe_words.txt"
# A phone number, a date or an identifier in pieces: six digits and more with nothing but separators between them.
_NUMBERS = re.compile(r"\d(?:[ ./()+:-]{0,2}\d){5,}")
_TOKEN = re.compile(r"[^\W_]+")
_PART = re.compile(r"\d+|[^\W\d]+")
_SIZE = re.compile(r"\d{1,3}(?:x\d{1,3}){1,2}")
_SEPARATORS = frozenset(" -_./+:,;()[]*=%<>&#^|")
# A long mixture of letters and digits is an identifier, unless its letters are words: `MONOCHROME2`.
_LONGEST_MIXTURE, _SHORTEST_IN_LONG, _MOST_DIGITS = 6, 3, 3


@lru_cache(maxsize=1)
def safe_words() -> frozenset[str]:
    """Those of the list, in lower case."""
    lines = _WORDS_FILE.read_text("utf-8").splitlines()
    return frozenset(word.casefold() for line in lines if not line.startswith("#") for word in line.split())


def clean_text(written: str, names: Collection[str] = ()) -> str:
    """What is left of a text: known words, short numbers, and technical mixtures of both such as `T1w` or `B30f`.

    `names`: words of the people in the same header, in lower case; they go even where they are known words.
    """
    written = _NUMBERS.sub(" ", written)
    kept, end, is_gap = [], 0, False
    for token in _TOKEN.finditer(written):
        between = "".join(one if one in _SEPARATORS else " " for one in written[end : token.start()])
        end = token.end()
        if is_safe(token[0], names):
            kept.append((" " if is_gap else between) + token[0])
            is_gap = False
        else:
            is_gap = True
    rest = "" if is_gap else "".join(one for one in written[end:] if one in _SEPARATORS)
    return " ".join("".join([*kept, rest]).split()) if kept else ""


def is_safe(token: str, names: Collection[str] = ()) -> bool:
    """Of one run of letters and digits."""
    word = token.casefold()
    if word in names:
        return False
    if word in safe_words() or _SIZE.fullmatch(word):
        return True
    parts = _PART.findall(word)
    shortest = 1 if len(word) <= _LONGEST_MIXTURE or len(parts) == 1 else _SHORTEST_IN_LONG
    return bool(parts) and all(_is_safe_part(part, shortest) for part in parts)


def _is_safe_part(part: str, shortest: int) -> bool:
    if part.isdecimal():
        return len(part) <= _MOST_DIGITS
    return len(part) >= shortest and (part in safe_words() or (len(part) == 1 and part.isascii()))

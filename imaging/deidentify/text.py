"""Free text on its way out: only words that cannot name anybody stay (PS3.15 E.3.5, Clean Descriptors Option).

A word has to be known to be kept, so a name nobody thought of goes with the rest; a number has to have a meaning.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from imaging.deidentify.numbers import BEFORE_WEIGHTING, MEANING
from imaging.deidentify.spans import GAP, plain, without_spans

Span = tuple[int, int]
_DATA = Path(__file__).parents[1] / "data"
_TOKEN = re.compile(r"[^\W_]+")
_PIECE = re.compile(rf"(?P<meaning>{MEANING})|(?P<word>{BEFORE_WEIGHTING}|[^\W\d_]+)|\d+", re.IGNORECASE)
_PART = re.compile(r"\d+|[^\W\d]+")
_SEPARATORS = frozenset(" -_./+:,;()[]*=%<>&#^|\\")
# Korean, and Chinese characters with kana, are written without spaces: a word of two scripts is looked at by script.
_KOREAN, _JAPANESE = "가-힣", "぀-ヿ々一-鿿"
_SCRIPT = re.compile(rf"[{_KOREAN}]+|[{_JAPANESE}]+|[^{_KOREAN}{_JAPANESE}]+")
_COMPOUNDING = re.compile(rf"[{_KOREAN}{_JAPANESE}]+")
# A run made of known words; a shorter one could be somebody's whole name (조영기 is one).
_SHORTEST_COMPOUND, _LONGEST_COMPOUND, _SHORTEST_MEMBER = 4, 24, 2
_ENDINGS = frozenset({"에서", "으로", "부위", *"부전후기상의및로용형측단면前後部像相用"})
# One digit alone, not one of several; left and right alone, not one of several initials; parts of a Dixon series.
_LONE_DIGIT = re.compile(r"(?<!\d)(?<!\d[./:,_-])(?<!\d\s)\d(?![./:,_-]?\d)(?!\s\d)(?![^\W\d_])")
_SIDE = re.compile(
    r"(?<![^\W_])(?<![A-Z]\.)(?<!(?<![^\W_])[A-Z]\s)(?<![A-Z]\.\s)[LR](?![^\W_])(?!\.?\s?[A-Z](?![^\W_]))",
    re.IGNORECASE,
)
_DIXON_PART = re.compile(r"(?<=_)[WF](?![^\W_])")
# A long mixture of letters and digits is an identifier, unless its letters are words: `MONOCHROME2`.
_LONGEST_MIXTURE, _SHORTEST_IN_LONG, _MOST_DIGITS = 6, 3, 3
# The longest LT (PS3.5 6.2); of what is longer the rest does not leave.
_LONGEST_TEXT = 10_240
_SIZE = re.compile(r"\d{1,3}(?:x\d{1,3}){1,2}")


@lru_cache(maxsize=1)
def safe_words() -> frozenset[str]:
    """Those that people may write of a picture, without case and accents."""
    return _words_of("safe_words.txt")


@lru_cache(maxsize=1)
def machine_words() -> frozenset[str]:
    """Those, and makers, models and terms of the standard, some of which are somebody's name as well."""
    return safe_words() | _words_of("safe_terms.txt")


def name_words(values: Iterable[str]) -> frozenset[str]:
    """What the functions below want as `names`: the words of these values, and each value without its separators."""
    found: set[str] = set()
    for value in values:
        for group in value.replace("\\", "=").split("="):
            words = _TOKEN.findall(plain(group).casefold())
            found.update(word for word in (*words, "".join(words)) if len(word) > 1)
    return frozenset(found | set(map(_folded, found)))


def clean_text(written: str, names: Collection[str] = ()) -> str:
    """What is left of what people wrote: known words, and numbers whose meaning can be said, such as `3 mm` or `L4-5`.

    `names`: words of the people in the same header, in lower case; they go even where they are known words.
    """
    text = _without_spans(written, names)
    return _joined(text, _kept(text, names))


def clean_machine_text(written: str, names: Collection[str] = ()) -> str:
    """What is left of what a machine wrote: known words of it, short numbers, and mixtures of both such as `uMR780`."""
    text = _without_spans(written, names)
    tokens = _TOKEN.finditer(text)
    return _joined(text, (token.span() for token in tokens if _is_of_machine(token[0].casefold(), names)))


def _without_spans(written: str, names: Collection[str]) -> str:
    return without_spans(plain(written[:_LONGEST_TEXT]), names)


def _joined(text: str, kept: Iterable[Span]) -> str:
    """These spans, with the separators between neighbours; where something was left out, a space."""
    parts: list[str] = []
    end = 0
    for start, stop in kept:
        parts += [_separators(text[end:start]) or (" " if parts and start > end else ""), text[start:stop]]
        end = stop
    parts.append(_separators(text[end:]))
    return " ".join("".join(parts).split()) if end else ""


def _separators(between: str) -> str:
    """Nothing where more than separators stood."""
    if any(one.isalnum() or one == GAP for one in between):
        return ""
    return "".join(one if one in _SEPARATORS else " " for one in between)


def _kept(text: str, names: Collection[str]) -> Iterator[Span]:
    dropped = -1
    for piece in _PIECE.finditer(text):
        # Digits that hang on a word nobody knows are part of it: `HONG93mm`.
        spans = [] if piece.start() == dropped and piece[0][0].isdigit() else list(_spans(text, piece, names))
        if not spans or spans[-1][1] < piece.end():
            dropped = piece.end()
        yield from spans


def _spans(text: str, piece: re.Match[str], names: Collection[str]) -> Iterator[Span]:
    """Of one piece of the text the spans that may stay."""
    start = piece.start()
    if piece["meaning"]:
        if not any(word in names for word in re.findall(r"[^\W\d_]{2,}", piece[0].casefold())):
            yield piece.span()
    elif piece["word"]:
        for run in _SCRIPT.finditer(piece[0]):
            if _is_known(run[0].casefold(), names) or (len(piece[0]) == 1 and _is_letter(text, start)):
                yield start + run.start(), start + run.end()
    elif _LONE_DIGIT.match(text, start) and piece[0] not in names:
        yield piece.span()


def _is_letter(text: str, start: int) -> bool:
    """Whether the single letter there means something."""
    is_dixon = "dixon" in text.casefold() and _DIXON_PART.match(text, start)
    return bool(is_dixon or _SIDE.match(text, start))


def _is_known(run: str, names: Collection[str]) -> bool:
    if run in names or _folded(run) in names:
        return False
    if _COMPOUNDING.fullmatch(run):
        return run in safe_words() or (_SHORTEST_COMPOUND <= len(run) <= _LONGEST_COMPOUND and _is_compound(run, names))
    return len(run) > 1 and _folded(run) in safe_words()


def _is_compound(run: str, names: Collection[str]) -> bool:
    """Whether known words, and at the end perhaps a particle, make it up."""
    if not run:
        return True
    members = (run[:size] for size in range(len(run), _SHORTEST_MEMBER - 1, -1))
    return any(
        one in safe_words()
        and one not in names
        and (run[len(one) :] in _ENDINGS or _is_compound(run[len(one) :], names))
        for one in members
    )


def _is_of_machine(word: str, names: Collection[str]) -> bool:
    if word in names:
        return False
    if _folded(word) in machine_words() or _SIZE.fullmatch(word):
        return True
    parts = _PART.findall(word)
    shortest = 1 if len(word) <= _LONGEST_MIXTURE or len(parts) == 1 else _SHORTEST_IN_LONG
    return bool(parts) and all(_is_part_of_machine(part, shortest) for part in parts)


def _is_part_of_machine(part: str, shortest: int) -> bool:
    if part.isdecimal():
        return len(part) <= _MOST_DIGITS
    return len(part) >= shortest and (part in machine_words() or (len(part) == 1 and part.isascii()))


@lru_cache(maxsize=1 << 12)
def _folded(word: str) -> str:
    """Without case and the accents of Latin letters."""
    word = word.casefold()
    if word.isascii() or _COMPOUNDING.search(word):
        return word
    parts = unicodedata.normalize("NFD", word)
    return "".join(one for one in parts if not unicodedata.combining(one))


def _words_of(name: str) -> frozenset[str]:
    lines = (_DATA / name).read_text("utf-8").splitlines()
    return frozenset(_folded(word) for line in lines if not line.startswith("#") for word in line.split())

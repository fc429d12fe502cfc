"""Parts of a text that point at a person whatever words stand around them: dates, ages, long numbers, own numbers.

They are taken out before a number is asked for its meaning, so that `3/15/24 min` does not keep its `24 min`.
"""

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

# Stands where something was taken out; no text holds it, for control characters are made spaces.
GAP = "\0"
# A date or an identifier of six digits, or a phone number or identifier in pieces, nothing but separators between.
_LONG_NUMBER = re.compile(r"\d{6,}|\d(?:[ ./()+:-]{0,2}\d){6,}")
_SHORTEST_NUMBER, _SHORTEST_DIGITS, _SHORTEST_NAME = 3, 4, 4
_BETWEEN = r"[\W_]{0,2}"

# 3/15/24, 15.3.24, 2024-03-15, 15_03_2024; in Japan the year may count from an era's letter (R6.3.15).
_THREE_PARTS = re.compile(
    r"(?:(?<![^\W_])[MTSHR])?(?<!\d)'?(\d{1,4})\s?([-./_,'|\\ ])\s?(\d{1,2})\s?\2\s?'?(\d{1,4})(?!\d)"
    r"(?:[T\s]\d{1,2}:\d\d(?::\d\d)?)?",
    re.IGNORECASE,
)
_ASIAN = re.compile(
    r"(?:(?:明治|大正|昭和|平成|令和)\s*)?(?:\d{1,4}|元)\s*(?:년|年|월|月|일|日|세|살|歳|才|岁)(?:생|生|차)?"
)
_MONTH = (
    r"(?:jan(?:uary|uar|vier)?|january|jän(?:ner)?|janv|ene(?:ro)?|feb(?:ruary|ruar|rero)?|fév(?:rier)?|fev(?:rier)?|févr"
    r"|mar(?:ch|s|zo)?|mär(?:z)?|maerz|mrz|apr(?:il)?|avr(?:il)?|abr(?:il)?|may|mai|mayo|june?|juin|juni|junio|jul(?:y|i|io)?"
    r"|juil(?:let)?|aug(?:ust)?|août|aout|ago(?:sto)?|sept?(?:ember|embre|iembre)?|setiembre|oct(?:ober|obre|ubre)?"
    r"|okt(?:ober)?|nov(?:ember|embre|iembre)?|dec(?:ember|embre)?|déc(?:embre)?|dez(?:ember)?|dic(?:iembre)?)"
)
_DAY = r"\d{1,4}(?:st|nd|rd|th|er|º|ª)?"
_NEAR = r"[\s.,/_'’-]{0,3}(?:(?:de|del|of|le|den|the)\b)?[\s.,/_'’-]{0,3}"
_MONTH_NAMED = re.compile(
    rf"(?<!\d){_DAY}{_NEAR}(?<![^\W\d_]){_MONTH}(?![^\W\d_])(?:{_NEAR}{_DAY})?"
    rf"|(?<![^\W\d_]){_MONTH}(?![^\W\d_]){_NEAR}{_DAY}(?!\d|\s?(?:D|T|mm|cm)(?![^\W_]))(?:{_NEAR}{_DAY}(?![^\W_]))?",
    re.IGNORECASE,
)
# F/93, 93-year, 93 yo, 93M; fluorine-18 and technetium-99m look alike.
_AGE = re.compile(
    r"(?<![^\W_])[MF](?![\s-]?18(?!\d))[\s/:.,-]{0,2}\d{1,3}(?:[\s-]?(?:Y|YO|YRS?))?(?![^\W_])"
    r"|(?<!\d)\d{1,3}\s?[-/]?\s?(?:Y|YO|Y/O|YRS?|YEARS?|JAHRE?|JÄHRIGE?R?|ANS|AÑOS)(?![^\W\d_])"
    r"(?:[\s/-]{0,2}[MF](?![^\W_]))?"
    r"|(?<![^\W_])(?<!TC[\s-])(?!18F)\d{2,3}\s?/?\s?[MF](?![^\W_])",
    re.IGNORECASE,
)
# Whoever is addressed is a person, even by a word that is known.
_ADDRESSED = re.compile(
    r"(?<![^\W_])(?:dr|prof|mrs|miss|frau|herrn?|mme|mlle|madame|monsieur|señora?|doña)(?![^\W_])[.\s^_]{1,3}[^\W\d_]+"
    r"|[가-힣]{1,4}\s?(?:님|씨|선생|교수|원장)(?:[은는이가을를의께]|님)?(?![가-힣])|[぀-ヿ々一-鿿]{1,6}\s?(?:様|さん|氏|先生|殿)",
    re.IGNORECASE,
)


def plain(written: str) -> str:
    """Compatible forms made one (full-width, circled, squared), digits of any script made ours, nothing invisible."""
    return "".join(map(_plain_character, unicodedata.normalize("NFKC", written)))


def without_spans(text: str, names: Collection[str]) -> str:
    """Of a `plain` text. `names`: words of the people in the same header; those with digits are their numbers."""
    text = _ADDRESSED.sub(GAP, _of_the_person(frozenset(names)).sub(GAP, text))
    text = _MONTH_NAMED.sub(GAP, _ASIAN.sub(GAP, text))
    text = _THREE_PARTS.sub(lambda found: GAP if _is_date(found[1], found[3], found[4]) else found[0], text)
    return _LONG_NUMBER.sub(GAP, _AGE.sub(GAP, text))


def _plain_character(one: str) -> str:
    if one.isdecimal():
        return str(unicodedata.decimal(one))
    category = unicodedata.category(one)
    return "" if category == "Cf" else " " if category in ("Cc", "Zl", "Zp", "Co", "Cn", "Cs") else one


def _is_date(first: str, middle: str, last: str) -> bool:
    """Year, month, day in one of the usual orders; a year has two digits or four."""
    a, b, c = int(first), int(middle), int(last)
    is_year_last = len(last) in (2, 4) and (len(last) == 2 or 1850 <= c <= 2150)
    is_year_first = len(first) in (2, 4) and (len(first) == 2 or 1850 <= a <= 2150)
    return (is_year_last and (_is_day(a, b) or _is_day(b, a))) or (is_year_first and _is_day(b, c))


def _is_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


@lru_cache(maxsize=64)
def _of_the_person(names: frozenset[str]) -> re.Pattern[str]:
    """Their numbers with or without separators and leading zeros, and their names where they are written in pieces."""
    numbers = {name for name in names if any(one.isdigit() for one in name)}
    numbers |= {run for name in numbers for run in re.findall(r"\d+", name) if len(run) >= _SHORTEST_DIGITS}
    bare = {number.lstrip("0") for number in numbers}
    own = [
        *(rf"(?<!\d){_zeros(one)}{_in_pieces(one)}(?!\d)" for one in _longest_first(bare, _SHORTEST_NUMBER)),
        *(rf"(?<![^\W_]){_in_pieces(one)}(?![^\W_])" for one in _longest_first(names - numbers, _SHORTEST_NAME)),
    ]
    return re.compile("|".join(own) or r"(?!)", re.IGNORECASE)


def _longest_first(words: Collection[str], shortest: int) -> list[str]:
    return sorted((word for word in words if len(word) >= shortest), key=lambda word: (-len(word), word))


def _zeros(number: str) -> str:
    return r"(?:0[-. _]?){0,12}" if number[0].isdigit() else ""


def _in_pieces(word: str) -> str:
    return _BETWEEN.join(map(re.escape, word))

"""How much of what technicians write is kept, and whether anything that points at a person is: sentences with canaries.

Descriptions in six languages, into each of which something about its patient is written in each of many ways.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from imaging.deidentify.text import clean_text, name_words

_PHRASES = Path(__file__).with_suffix(".txt")


@dataclass(frozen=True)
class Person:
    """`values` are those of the naming elements of its header."""

    values: tuple[str, ...]
    native: str
    given: str


@dataclass(frozen=True)
class Canary:
    """What is written of a person, and the words and numbers of which none may be left."""

    kind: str
    written: str
    secrets: tuple[str, ...]


@dataclass
class Count:
    sentences: int = 0
    words: int = 0
    kept: int = 0
    leaks: int = 0

    def add(self, words: int, kept: int, leaks: int) -> None:
        self.sentences, self.words = self.sentences + 1, self.words + words
        self.kept, self.leaks = self.kept + kept, self.leaks + (leaks > 0)

    def line(self, name: str) -> str:
        share = 100 * self.kept / max(1, self.words)
        return f"{name:22}{self.sentences:10}{self.words:9}{self.kept:8}{share:8.2f}%{self.leaks:7}"


_PERSONS = {
    "English": Person(("Whitfield^Jonathan", "00739214", "A-5581.07"), "Whitfield", "Jonathan"),
    "Korean": Person(("Hong^Gildong=洪^吉洞=홍^길동", "K9034417", "20-771-3"), "홍길동", "길동"),
    "German": Person(("Großmann^Jürgen", "4471 9023", "RA990127"), "Großmann", "Jürgen"),
    "French": Person(("Lefèvre^Amélie", "75-11-4482", "F000912"), "Lefèvre", "Amélie"),
    "Spanish": Person(("García Márquez^Íñigo", "HN0045512", "2231-9"), "García", "Íñigo"),
    "Japanese": Person(("Yamada^Taro=山田^太郎=やまだ^たろう", "0300124", "J-88-120"), "山田太郎", "太郎"),
}
_DATES = {
    "English": (
        "3/15/24",
        "15-Mar-24",
        "March 15th, 2024",
        "2024-03-15",
        "Mar 15",
        "20240315",
        "03.15.2024",
        "3-15-24",
    ),
    "Korean": ("2024년 3월 15일", "24년 3월", "3월 15일", "2024.03.15.", "24.3.15", "240315", "2024/3/15", "15일"),
    "German": (
        "15.3.24",
        "15. März 2024",
        "15.03.2024",
        "15 Mrz 24",
        "Mai 2024",
        "2024-03-15",
        "15/03/24",
        "3. Okt. 23",
    ),
    "French": (
        "15 mars 2024",
        "1er août 2023",
        "15/03/2024",
        "15-3-24",
        "le 3 déc. 2023",
        "janv. 2024",
        "15.03.24",
        "2024",
    ),
    "Spanish": (
        "15 de marzo de 2024",
        "15/3/24",
        "3 dic 2023",
        "15-03-2024",
        "ene 2024",
        "2 de agosto",
        "15.3.24",
        "1931",
    ),
    "Japanese": (
        "2024年3月15日",
        "令和6年3月15日",
        "R6.3.15",
        "3月15日",
        "2024/03/15",
        "昭和20年",
        "24-03-15",
        "2024.3.15",
    ),
}
_AGES = {
    "English": ("F/93", "93Y", "93-year-old", "93 yo M", "93M", "aged 93", "M 93 y/o"),
    "Korean": ("93세", "F/93", "만 93 세", "93살 여", "M93"),
    "German": ("93 Jahre", "93-jährig", "93J", "w/93", "93 J."),
    "French": ("93 ans", "F 93 ans", "93a", "âge 93", "H/93"),
    "Spanish": ("93 años", "93 a", "F/93", "edad 93", "93a"),
    "Japanese": ("93歳", "93才", "F93", "93 歳 女性", "男性93"),
}


def sentences() -> Iterator[tuple[str, str, Canary]]:
    """Language, phrase and what is written into it; every phrase four times, every way of writing in its turn."""
    for language, phrases in _phrases():
        ways = cycle(_canaries(language))
        for phrase in phrases:
            for _ in range(4):
                yield language, phrase, next(ways)


def measured() -> tuple[dict[str, Count], dict[str, Count], list[str]]:
    """By language and by kind of canary; and the sentences that leak, with what is left of them."""
    by_language: dict[str, Count] = {}
    by_kind: dict[str, Count] = {}
    leaking: list[str] = []
    for number, (language, phrase, canary) in enumerate(sentences()):
        names = name_words(_PERSONS[language].values)
        sentence = _written_into(phrase, canary.written, number)
        left = clean_text(sentence, names)
        words = _words(phrase)
        kept = len(words) - len(set(words) - set(_words(left)))
        leaks = sum(_is_left(secret, left, phrase) for secret in canary.secrets)
        for counts, key in ((by_language, language), (by_kind, canary.kind)):
            counts.setdefault(key, Count()).add(len(words), kept, leaks)
        leaking += [f"{sentence!r} leaves as {left!r}"] if leaks else []
    return by_language, by_kind, leaking


def table() -> list[str]:
    """For people."""
    by_language, by_kind, leaking = measured()
    head = f"{'kept text':22}{'sentences':>10}{'words':>9}{'kept':>8}{'share':>9}{'leaks':>7}"
    whole = Count()
    for one in by_language.values():
        whole.sentences, whole.words = whole.sentences + one.sentences, whole.words + one.words
        whole.kept, whole.leaks = whole.kept + one.kept, whole.leaks + one.leaks
    lines = [count.line(name) for counts in (by_language, by_kind) for name, count in counts.items()]
    return [head, *lines, whole.line("all"), *leaking]


def _phrases() -> Iterator[tuple[str, list[str]]]:
    for block in _PHRASES.read_text("utf-8").split("\n\n")[1:]:
        language, *phrases = block.strip().splitlines()
        yield language.removeprefix("# "), phrases


def _canaries(language: str) -> Iterator[Canary]:
    person = _PERSONS[language]
    names = name_words(person.values[:1])
    family, _, given = person.values[0].split("=")[0].partition("^")
    for written in (
        person.native, person.given, f"{given} {family}", f"{family}_{given}".upper(), f"{family}{given}",
        f"{given.lower()}.{family.lower()}", f"({family}, {given})", f"{family[:3]} {family[3:]}",
    ):  # fmt: skip
        yield Canary("name", written, tuple(word for word in names if len(word) > 1))
    yield Canary("initials", f"{given[0]}.{family[0]}.", (f"{given[0]}.{family[0]}.", f"{given[0]}.", f"{family[0]}."))
    for value in person.values[1:]:
        bare = re.sub(r"[\W_]", "", value)
        for written in (value, bare, bare.lstrip("0"), "-".join(bare), f"00{bare}", " ".join(re.findall("..?", bare))):
            yield Canary("number", written, (bare.lstrip("0"), *re.findall(r"\d{3,}", bare)))
    yield Canary("phone", "010-2345-6789", ("010", "2345", "6789"))
    for written in _DATES[language]:
        yield Canary("date", written, (*re.findall(r"\d+", written), *re.findall(r"[^\W\d_]{3,}", written)))
    for written in _AGES[language]:
        yield Canary("age", written, ("93",))
    if language == "Korean":
        for written in ("홍길동님", "홍길동씨", "홍 길동 님", "환자홍길동", "홍길동의", "MR홍길동", "길동이"):
            yield Canary("name in a word", written, ("홍길동", "길동"))
    if language == "Japanese":
        for written in ("山田様", "山田太郎さん", "ヤマダ タロウ", "患者山田"):
            yield Canary("name in a word", written, ("山田", "太郎", "ヤマダ"))


def _written_into(phrase: str, written: str, number: int) -> str:
    """Before it, behind it or between its words; with a space, an underscore or a comma."""
    separator = (" ", "_", ", ")[number // 3 % 3]
    words = phrase.split(" ")
    place = (0, len(words), len(words) // 2)[number % 3]
    before, behind = " ".join(words[:place]), " ".join(words[place:])
    return separator.join(part for part in (before, written, behind) if part)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _is_left(secret: str, left: str, phrase: str) -> bool:
    """In what is left, more often than the phrase itself holds it."""
    edge = r"(?<!\d)" if secret[0].isdigit() else ""
    end = r"(?!\d)" if secret[-1].isdigit() else ""
    pattern = re.compile(f"{edge}{re.escape(secret)}{end}", re.IGNORECASE)
    return len(pattern.findall(left)) > len(pattern.findall(phrase))


if __name__ == "__main__":
    print("\n".join(table()))

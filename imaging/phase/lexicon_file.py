"""Reads one lexicon file and says plainly what is wrong in it."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any

from imaging.phase.types import Phase

BUILT_IN = Path(__file__).parents[1] / "data" / "phase_lexicon.toml"

# The keys of a table of words, and how surely what stands there is meant.
_CONFIDENCE = {"words": 0.9, "abbreviations": 0.7, "closing": 0.7}
_BESIDE, _GROUP = "beside", "group"
_PLACEHOLDER = re.compile(r"<([^<>]*)>")
_NO_NAMES = frozenset({Phase.UNKNOWN, Phase.NOT_APPLICABLE})


class LexiconError(ValueError):
    """A lexicon file cannot be used; the text names the file, the entry and what to write instead."""


class EntryKind(StrEnum):
    """The tables of the file that say something."""

    MIXED = "mixed"
    SILENT = "silent"
    PHASE = "phase"


@dataclass(frozen=True)
class Entry:
    """One word or group of words, as written; a `closing` one counts only where nothing else follows."""

    words: str
    kind: EntryKind
    phase: Phase | None
    confidence: float
    is_closing: bool = False


@dataclass(frozen=True)
class LexiconFile:
    """What one file says: entries in its order, groups by name, and words that may stand behind a closing one."""

    name: str
    entries: tuple[Entry, ...]
    groups: Mapping[str, tuple[str, ...]]
    beside: tuple[str, ...]


def read_file(path: Path) -> LexiconFile:
    """Raises LexiconError and the file system's own errors."""
    tables = _tables(path)
    entries = [
        entry
        for kind in EntryKind
        for table, place in _numbered(tables, kind, path.name)
        for entry in _table_entries(table, kind, place)
    ]
    groups = [_group(table, place) for table, place in _numbered(tables, _GROUP, path.name)]
    beside = [_only_words(table, place) for table, place in _numbered(tables, _BESIDE, path.name)]
    return LexiconFile(path.name, tuple(entries), dict(groups), tuple(word for words in beside for word in words))


def expand(written: str, groups: Mapping[str, tuple[str, ...]], name: str) -> Iterator[str]:
    """`"<without> contrast"` with each word of the group in its place. Raises LexiconError for a group nobody has."""
    parts = _PLACEHOLDER.split(written)
    if unknown := sorted(set(parts[1::2]) - groups.keys()):
        known = ", ".join(sorted(groups))
        raise LexiconError(f"{name}: {written!r} names no [[group]]: {', '.join(unknown)}; there are {known}")
    choices = [groups[part] if place % 2 else (part,) for place, part in enumerate(parts)]
    return ("".join(chosen) for chosen in product(*choices))


def _tables(path: Path) -> dict[str, Any]:
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LexiconError(f"{path.name} is not TOML in UTF-8: {error}") from error
    known = (*EntryKind, _GROUP, _BESIDE)
    for name, value in tables.items():
        if name not in known or not isinstance(value, list):
            raise LexiconError(f"{path.name}: {name!r} is not known; write [[phase]], [[silent]], [[mixed]], [[group]]")
    return tables


def _numbered(tables: Mapping[str, Any], name: str, file: str) -> Iterator[tuple[Any, str]]:
    for number, table in enumerate(tables.get(name, []), start=1):
        yield table, f"{file}, [[{name}]] number {number}"


def _table_entries(table: Any, kind: EntryKind, place: str) -> list[Entry]:
    _refuse_keys(table, {"name", *_CONFIDENCE} if kind is EntryKind.PHASE else {"words"}, place)
    phase = _phase(table.get("name"), place) if kind is EntryKind.PHASE else None
    return [
        Entry(words, kind, phase, confidence, key == "closing")
        for key, confidence in _CONFIDENCE.items()
        for words in _strings(table.get(key, []), f"{place}, {key}")
    ]


def _group(table: Any, place: str) -> tuple[str, tuple[str, ...]]:
    _refuse_keys(table, {"name", "words"}, place)
    name = table.get("name")
    if not isinstance(name, str) or not name:
        raise LexiconError(f"{place}: a group needs a name")
    return name, tuple(_strings(table.get("words", []), f"{place}, words"))


def _only_words(table: Any, place: str) -> list[str]:
    _refuse_keys(table, {"words"}, place)
    return _strings(table.get("words", []), f"{place}, words")


def _refuse_keys(table: Any, known: set[str], place: str) -> None:
    if not isinstance(table, dict) or table.keys() - known:
        raise LexiconError(f"{place}: only {', '.join(sorted(known))} may stand here")


def _phase(name: Any, place: str) -> Phase:
    allowed = [phase for phase in Phase if phase not in _NO_NAMES]
    if name not in allowed:
        raise LexiconError(f"{place}: name {name!r} is no phase; write one of {', '.join(allowed)}")
    return Phase(name)


def _strings(value: Any, place: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(words, str) for words in value):
        raise LexiconError(f"{place}: write a list of texts in quotes")
    return value

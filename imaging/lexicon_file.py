"""Reads one lexicon file and says plainly what is wrong in it."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from imaging.phase_values import Phase

BUILT_IN = Path(__file__).with_name("data") / "phase_lexicon.toml"

_WHOLE_WORD = 0.9
_ABBREVIATION = 0.7


class LexiconError(ValueError):
    """A lexicon file cannot be used; the text names the file, the entry and what to write instead."""


class EntryKind(StrEnum):
    """The tables of the file."""

    MIXED = "mixed"
    SILENT = "silent"
    PHASE = "phase"


@dataclass(frozen=True)
class Entry:
    """One word or group of words, as written."""

    words: str
    kind: EntryKind
    phase: Phase | None
    confidence: float


def read_entries(path: Path, cut: Callable[[str], tuple[str, ...]]) -> list[Entry]:
    """All entries of a file in its order; `cut` cuts texts into words, so that no entry is left that never matches.

    Raises LexiconError and the file system's own errors.
    """
    tables = _tables(path)
    entries: list[Entry] = []
    for kind in EntryKind:
        for number, table in enumerate(tables.get(kind, []), start=1):
            entries += _table_entries(table, kind, f"{path.name}, [[{kind}]] number {number}")
    _refuse_unusable(entries, cut, path.name)
    return entries


def _tables(path: Path) -> dict[str, Any]:
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LexiconError(f"{path.name} is not TOML in UTF-8: {error}") from error
    for name, value in tables.items():
        if name not in list(EntryKind) or not isinstance(value, list):
            raise LexiconError(f"{path.name}: {name!r} is not known; write [[phase]], [[silent]] or [[mixed]]")
    return tables


def _table_entries(table: Any, kind: EntryKind, place: str) -> list[Entry]:
    known = {"words", "name", "abbreviations"} if kind is EntryKind.PHASE else {"words"}
    if not isinstance(table, dict) or table.keys() - known:
        raise LexiconError(f"{place}: only {', '.join(sorted(known))} may stand here")
    phase = _phase(table.get("name"), place) if kind is EntryKind.PHASE else None
    return [
        Entry(words, kind, phase, confidence)
        for key, confidence in (("words", _WHOLE_WORD), ("abbreviations", _ABBREVIATION))
        for words in _strings(table.get(key, []), f"{place}, {key}")
    ]


def _phase(name: Any, place: str) -> Phase:
    allowed = [phase for phase in Phase if phase is not Phase.UNKNOWN]
    if name not in allowed:
        raise LexiconError(f"{place}: name {name!r} is no phase; write one of {', '.join(allowed)}")
    return Phase(name)


def _strings(value: Any, place: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(words, str) for words in value):
        raise LexiconError(f"{place}: write a list of texts in quotes")
    return value


def _refuse_unusable(entries: list[Entry], cut: Callable[[str], tuple[str, ...]], name: str) -> None:
    seen: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        words = cut(entry.words)
        if not words:
            raise LexiconError(f"{name}: {entry.words!r} has no letter or digit, so it would never be found")
        if words in seen:
            raise LexiconError(
                f"{name}: {entry.words!r} is there twice, under {_place(seen[words])} and {_place(entry)}"
            )
        seen[words] = entry


def _place(entry: Entry) -> str:
    return entry.phase or entry.kind

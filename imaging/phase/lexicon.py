"""Which contrast phase a text names: whole words out of a file that a site can extend.

Korean and Japanese write without spaces, so their words also count inside a longer run ("복부조영전CT" says 조영전).
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import zip_longest
from pathlib import Path

from imaging.phase.lexicon_file import BUILT_IN, Entry, EntryKind, LexiconError, LexiconFile, expand, read_file
from imaging.phase.types import Phase

_HANGUL, _JAPANESE = "가-힣", "぀-ヿ々一-鿿"
_UNSPACED = f"[{_HANGUL}{_JAPANESE}]+"
# "LiverArt" is two words, "MinIP", "mDixon" and "eTHRIVE" are one.
_HUMP = re.compile(r"(?<=[a-z][a-z])(?=[A-Z][a-z][a-z])")
# Contrast medium as it is written beside a sign: "+c", "gd+", "造影(-)".
_AGENT = "c|gd|gad|km|iv|ce|contrast|조영|造影"
_SPINE = r"(?![\s\-]*(?:/|&|\+|spine|sp\b))"
_PIECE = re.compile(
    r"(?:(?<![a-z0-9])c\s?)?\+\s?/\s?-|±"  # with and without at once
    # "+c" and "c+" are contrast medium, "neck+c+a" and "n+c" are regions, "+ c spine" is a neck.
    rf"|(?<!(?<![a-z])[a-z])\+\s?(?:{_AGENT})(?![^\W_]){_SPINE}|(?<![^\W_])(?:{_AGENT})\+(?![^\W_])"
    # A sign behind is meant when a word ends there, "gd-eob" and "c- spine" are something else.
    rf"|(?<![^\W_])(?:{_AGENT})-(?=$|[\s_),.\]]|/c\+)(?!\s*(?:spine|sp\b))|(?:^|(?<=[\s_]))-(?:c|gd|km)(?=$|[\s_),])"
    r"|(?:^|(?<=[^\W_]))_w[io]$"  # wash-in and wash-out maps, as Siemens names them
    rf"|[{_HANGUL}]+|[{_JAPANESE}]+|[^\W\d_{_HANGUL}{_JAPANESE}]+|\d+"
)
# What the first says is part of what the second says.
_SAID_BY = {
    Phase.POST_CONTRAST: frozenset(Phase) - {Phase.NON_CONTRAST, Phase.POST_CONTRAST, Phase.UNKNOWN},
    Phase.ARTERIAL: frozenset({Phase.ARTERIAL_EARLY, Phase.ARTERIAL_LATE}),
    Phase.VENOUS: frozenset({Phase.PORTAL_VENOUS}),
}
# They stand beside the number of a repetition.
_COUNTING_WORDS = frozenset({"phase", "ph", "dyn", "dynamic", "rep", "repeat", "sec", "s", "min", "기"})
_SECONDS = frozenset({"s", "sec", "secs", "second", "seconds", "sek"})


@dataclass(frozen=True)
class Reading:
    """What a text says: one phase, several (`is_mixed`), or none; `words` are those that spoke."""

    phase: Phase | None
    words: tuple[str, ...]
    confidence: float
    is_mixed: bool = False


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Entries in the order they are tried; two lexicons with one digest read every text alike."""

    entries: tuple["_Known", ...]
    beside: frozenset[str] = frozenset()

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of everything the lexicon says; kept beside decisions."""
        lines = [
            f"{known.entry.kind}|{known.entry.phase}|{known.entry.confidence}|{known.entry.is_closing}|{known.pieces}"
            for known in self.entries
        ]
        return hashlib.sha256("\n".join([*lines, *sorted(self.beside)]).encode()).hexdigest()

    @cached_property
    def unspaced(self) -> re.Pattern[str]:
        """Every one-word Korean or Japanese entry, longest first, to be found inside a run of such signs."""
        words = {known.pieces[0] for known in self.entries if len(known.pieces) == 1}
        found = (word for word in words if re.fullmatch(_UNSPACED, word))
        return re.compile("|".join(sorted(found, key=lambda word: (-len(word), word))) or r"(?!)")


@dataclass(frozen=True)
class _Known:
    pieces: tuple[str, ...]
    entry: Entry


def load_lexicon(paths: Iterable[Path] = ()) -> Lexicon:
    """The built-in words and, over them, those of a site's files; a later entry replaces one with the same words.

    Raises LexiconError, naming the file and the entry, and the file system's own errors.
    """
    files = [read_file(path) for path in (BUILT_IN, *paths)]
    groups: dict[str, tuple[str, ...]] = {}
    for file in files:
        groups |= {name: groups.get(name, ()) + words for name, words in file.groups.items()}
    known: dict[tuple[str, ...], _Known] = {}
    for file in files:
        known |= _known(file, groups)
    beside = frozenset(piece for file in files for words in file.beside for piece in pieces(words))
    return Lexicon(tuple(sorted(known.values(), key=_order)), beside)


_site_files: tuple[Path, ...] = ()


def use_site_lexicon(path: Path | None) -> None:
    """From now on this process reads with the site's words, too. Raises LexiconError, OSError; then nothing changes."""
    global _site_files
    files = (path,) if path else ()
    if files != _site_files:
        load_lexicon(files)
        _site_files = files
        default_lexicon.cache_clear()


@lru_cache(maxsize=1)
def default_lexicon() -> Lexicon:
    """What this process reads with: the built-in words, and those of its site."""
    return load_lexicon(_site_files)


@lru_cache(maxsize=8192)
def pieces(written: str) -> tuple[str, ...]:
    """`"T1post +C"` → `("t", "1", "post", "+c")`: folded, cut at other signs and at letter-digit edges."""
    apart = _HUMP.sub(" ", unicodedata.normalize("NFKC", written))
    folded = "".join(map(_without_accent, apart.casefold()))
    signed = re.sub(r"\s?\(\s*([+-])\s*\)", r"\1", folded)  # "CE (+)" is "CE+"
    return tuple(re.sub(r"\s", "", piece) for piece in _PIECE.findall(signed))


@lru_cache(maxsize=4096)  # a series says the same words in every image
def read_phase(written: str, lexicon: Lexicon) -> Reading:
    """The phase a text names. A general word gives way to the particular one ("CE arterial" is ARTERIAL)."""
    spoken, _ = _spoken(_cut_unspaced(pieces(written), lexicon), lexicon)
    words = tuple(known.entry.words for known in spoken if known.entry.kind is not EntryKind.SILENT)
    if any(known.entry.kind is EntryKind.MIXED for known in spoken):
        return Reading(None, words, 0.0, is_mixed=True)
    named = {known.entry.phase: known.entry.confidence for known in reversed(spoken) if known.entry.phase is not None}
    phases = [phase for phase in named if not _SAID_BY.get(phase, frozenset()) & named.keys()]
    if len(phases) != 1:
        return Reading(None, words, 0.0, is_mixed=bool(phases))
    return Reading(phases[0], words, named[phases[0]])


@lru_cache(maxsize=4096)
def words_beside_phases(written: str, lexicon: Lexicon) -> tuple[str, ...]:
    """What is left of a description when phase words and numbers are gone; `T1` and `T2` are names, not numbers."""
    joined = re.sub(r"(?i)(?<![a-z])t([12])(?!\d)", lambda found: f" t{'ab'[int(found[1]) - 1]} ", written)
    _, left = _spoken(_cut_unspaced(pieces(joined), lexicon), lexicon)
    return tuple(word for word in left if not word.isdigit() and word not in _COUNTING_WORDS)


def _known(file: LexiconFile, groups: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, ...], _Known]:
    """Written-out entries stand before those of a group, so that one of a group can be told apart by writing it."""
    known: dict[tuple[str, ...], _Known] = {}
    for entry in sorted(file.entries, key=lambda entry: "<" in entry.words):
        is_pattern = "<" in entry.words
        for words in expand(entry.words, groups, file.name):
            cut = pieces(words)
            if not cut:
                raise LexiconError(f"{file.name}: {words!r} has no letter or digit, so it would never be found")
            if cut in known and not is_pattern:
                there = f"{_place(known[cut].entry)} and {_place(entry)}"
                raise LexiconError(f"{file.name}: {words!r} is there twice, under {there}")
            known.setdefault(cut, _Known(cut, entry if not is_pattern else _written_out(entry, words)))
    return known


def _written_out(entry: Entry, words: str) -> Entry:
    return Entry(words, entry.kind, entry.phase, entry.confidence, entry.is_closing)


def _place(entry: Entry) -> str:
    return entry.phase or entry.kind


def _without_accent(sign: str) -> str:
    # Only what is added to Latin letters; Korean and Japanese signs are composed of what must not be taken apart.
    parts = unicodedata.normalize("NFD", sign)
    return parts[0] if all("\u0300" <= mark <= "\u036f" for mark in parts[1:]) else sign


def _order(known: _Known) -> tuple[bool, bool, int, bool, bool, tuple[str, ...]]:
    entry = known.entry
    is_mixed, is_phase = entry.kind is EntryKind.MIXED, entry.kind is EntryKind.PHASE
    is_negation = entry.phase is Phase.NON_CONTRAST
    return entry.is_closing, not is_mixed, -len(known.pieces), is_phase, not is_negation, known.pieces


def _cut_unspaced(written: tuple[str, ...], lexicon: Lexicon) -> list[str]:
    cut = f"({lexicon.unspaced.pattern})"
    found = (re.split(cut, piece) if re.fullmatch(_UNSPACED, piece) else [piece] for piece in written)
    return [part for parts in found for part in parts if part]


def _spoken(written: list[str], lexicon: Lexicon) -> tuple[list[_Known], list[str]]:
    """Entries found, best first, and the words left over; each word of the text speaks for one entry only."""
    left: list[str | _Known] = list(written)
    spoken = []
    for known in lexicon.entries:
        if known.pieces[0] not in written:
            continue
        for start in range(len(left) - len(known.pieces) + 1):
            end = start + len(known.pieces)
            if tuple(left[start:end]) == known.pieces and (not known.entry.is_closing or _ends(left[end:], lexicon)):
                left[start:end] = [known] * len(known.pieces)
                spoken.append(known)
    return spoken, [word for word in left if isinstance(word, str)]


def _ends(behind: Sequence[str | _Known], lexicon: Lexicon) -> bool:
    """Is what stands behind a closing word nothing that it could belong to? "br 40" is a kernel."""
    return all(
        word.entry.kind is EntryKind.PHASE
        if isinstance(word, _Known)
        else word.isdigit() or word in lexicon.beside or _is_a_setting(word, after)
        for word, after in zip_longest(behind, behind[1:])
    ) and not _counts_seconds(behind)


def _is_a_setting(word: str, after: str | _Known | None) -> bool:
    is_with_number = isinstance(after, str) and after.isdigit()
    return word.isascii() and (len(word) == 1 or (len(word) == 2 and is_with_number))


def _counts_seconds(behind: Sequence[str | _Known]) -> bool:
    """ "Delay 70 s" waits for another phase."""
    return len(behind) > 1 and str(behind[0]).isdigit() and behind[1] in _SECONDS

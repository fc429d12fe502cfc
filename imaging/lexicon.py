"""Which contrast phase a text names: whole words out of a file that a site can extend.

Korean writes without spaces, so Korean words also count inside a longer run of Hangul ("복부조영전CT" says 조영전).
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from imaging.lexicon_file import BUILT_IN, Entry, EntryKind, read_entries
from imaging.phase_values import Phase

_HANGUL = "가-힣"
# "+c" and "c+" are contrast medium, "neck+c+a" and "n+c" are regions; "c-" closes a word group, "c-spine" does not.
_PIECE = re.compile(
    r"(?<!(?<![a-z])[a-z])\+c(?![a-z0-9+&/\-])|(?<![a-z0-9+])c\+(?![a-z0-9])|(?<![a-z0-9])c-(?=$|[\s_),])"
    rf"|[{_HANGUL}]+|[^\W\d_{_HANGUL}]+|\d+"
)
_KIND_ORDER = (EntryKind.MIXED, EntryKind.SILENT, EntryKind.PHASE)
# What the first says is part of what the second says.
_SAID_BY = {
    Phase.POST_CONTRAST: frozenset(Phase) - {Phase.NON_CONTRAST, Phase.POST_CONTRAST, Phase.UNKNOWN},
    Phase.ARTERIAL: frozenset({Phase.ARTERIAL_EARLY, Phase.ARTERIAL_LATE}),
    Phase.VENOUS: frozenset({Phase.PORTAL_VENOUS}),
}
# They stand beside the number of a repetition.
_COUNTING_WORDS = frozenset({"phase", "ph", "dyn", "dynamic", "rep", "repeat", "sec", "s", "min", "기"})


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

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of everything the lexicon says; kept beside decisions."""
        lines = (
            f"{known.entry.kind}|{known.entry.phase}|{known.entry.confidence}|{known.pieces}" for known in self.entries
        )
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @cached_property
    def hangul(self) -> re.Pattern[str]:
        """Every one-word Korean entry, longest first, to be found inside a run of Hangul."""
        words = {known.pieces[0] for known in self.entries if len(known.pieces) == 1}
        korean = sorted(
            (word for word in words if re.fullmatch(f"[{_HANGUL}]+", word)), key=lambda word: (-len(word), word)
        )
        return re.compile("|".join(korean) or r"(?!)")


@dataclass(frozen=True)
class _Known:
    pieces: tuple[str, ...]
    entry: Entry


def load_lexicon(paths: Iterable[Path] = ()) -> Lexicon:
    """The built-in words and, over them, those of a site's files; a later entry replaces one with the same words.

    Raises LexiconError, naming the file and the entry, and the file system's own errors.
    """
    known: dict[tuple[str, ...], _Known] = {}
    for path in (BUILT_IN, *paths):
        for entry in read_entries(path, pieces):
            known[pieces(entry.words)] = _Known(pieces(entry.words), entry)
    return Lexicon(tuple(sorted(known.values(), key=_order)))


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


def pieces(written: str) -> tuple[str, ...]:
    """`"T1post +C"` → `("t", "1", "post", "+c")`: folded, cut at other signs and at letter-digit edges."""
    return tuple(_PIECE.findall(unicodedata.normalize("NFKC", written).casefold()))


@lru_cache(maxsize=4096)  # a series says the same words in every image
def read_phase(written: str, lexicon: Lexicon) -> Reading:
    """The phase a text names. A general word gives way to the particular one ("CE arterial" is ARTERIAL)."""
    spoken, _ = _spoken(_cut_hangul(pieces(written), lexicon), lexicon)
    words = tuple(known.entry.words for known in spoken if known.entry.kind is not EntryKind.SILENT)
    if any(known.entry.kind is EntryKind.MIXED for known in spoken):
        return Reading(None, words, 0.0, is_mixed=True)
    named = {known.entry.phase: known.entry.confidence for known in reversed(spoken) if known.entry.phase is not None}
    phases = [phase for phase in named if not _SAID_BY.get(phase, frozenset()) & named.keys()]
    if len(phases) != 1:
        return Reading(None, words, 0.0, is_mixed=bool(phases))
    return Reading(phases[0], words, named[phases[0]])


def words_beside_phases(written: str, lexicon: Lexicon) -> tuple[str, ...]:
    """What is left of a description when phase words and numbers are gone; `T1` and `T2` are names, not numbers."""
    joined = re.sub(r"(?i)(?<![a-z])t([12])(?!\d)", lambda found: f" t{'ab'[int(found[1]) - 1]} ", written)
    _, left = _spoken(_cut_hangul(pieces(joined), lexicon), lexicon)
    return tuple(word for word in left if not word.isdigit() and word not in _COUNTING_WORDS)


def _order(known: _Known) -> tuple[int, bool, int, tuple[str, ...]]:
    is_negation = known.entry.phase is Phase.NON_CONTRAST
    return _KIND_ORDER.index(known.entry.kind), not is_negation, -len(known.pieces), known.pieces


def _cut_hangul(written: tuple[str, ...], lexicon: Lexicon) -> list[str]:
    found = (re.split(f"({lexicon.hangul.pattern})", piece) if piece[0] >= "가" else [piece] for piece in written)
    return [part for parts in found for part in parts if part]


def _spoken(written: list[str], lexicon: Lexicon) -> tuple[list[_Known], list[str]]:
    """Entries found, best first, and the words left over; each word of the text speaks for one entry only."""
    left: list[str | None] = list(written)
    spoken = []
    for known in lexicon.entries:
        if known.pieces[0] not in written:
            continue
        for start in range(len(left) - len(known.pieces) + 1):
            end = start + len(known.pieces)
            if tuple(left[start:end]) == known.pieces:
                left[start:end] = [None] * len(known.pieces)
                spoken.append(known)
    return spoken, [word for word in left if word is not None]

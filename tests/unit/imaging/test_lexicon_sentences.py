"""Every term of the built-in lexicon says what it stands for, and nothing else that looks like it does."""

from pathlib import Path

import pytest

from imaging.phase.lexicon import default_lexicon, read_phase
from imaging.phase.lexicon_file import BUILT_IN, Entry, EntryKind, read_file
from imaging.phase.types import Phase

_LINES = Path(__file__).with_name("lexicon_sentences.txt").read_text("utf-8").splitlines()
_SENTENCES = {line.split("|")[0]: line.split("|")[1:] for line in _LINES if line[:1] not in ("", "#")}
_FILE = read_file(BUILT_IN)
_GROUPS = [(name, word) for name, words in _FILE.groups.items() for word in words]
# What a group's word says beside another, and what it does not say.
_IN_PLACE = {
    "agent": ("T1 without {}", Phase.NON_CONTRAST, "T1 with and without {}"),
    "without": ("Abdomen {} contrast", Phase.NON_CONTRAST, "T2 {} sedation"),
    "before": ("Abdomen {} contrast", Phase.NON_CONTRAST, "T2 {} surgery"),
    "after": ("Abdomen {} contrast", Phase.POST_CONTRAST, "T2 {} surgery"),
}


def phase_in(written: str) -> Phase | None:
    return read_phase(written, default_lexicon()).phase


def test_every_term_has_its_two_sentences_and_no_sentence_is_left_over() -> None:
    assert {entry.words for entry in _FILE.entries} == _SENTENCES.keys()
    assert {name for name, _ in _GROUPS} == _IN_PLACE.keys()


@pytest.mark.parametrize("entry", _FILE.entries, ids=lambda entry: f"{entry.words}-{entry.phase or entry.kind}")
def test_a_term_speaks_where_it_is_meant_and_only_there(entry: Entry) -> None:
    meant, look_alike = _SENTENCES[entry.words]
    reading, other = read_phase(meant, default_lexicon()), read_phase(look_alike, default_lexicon())
    if entry.kind is EntryKind.MIXED:
        assert (reading.phase, reading.is_mixed, other.is_mixed) == (None, True, False)
    elif entry.kind is EntryKind.SILENT:
        assert reading.phase is None or reading.confidence < other.confidence
        assert other.phase is not None
    else:
        assert reading.phase is entry.phase
        assert other.phase is not entry.phase


@pytest.mark.parametrize(("name", "word"), _GROUPS)
def test_a_word_of_a_group_speaks_in_its_place_alone(name: str, word: str) -> None:
    meant, phase, look_alike = _IN_PLACE[name]
    assert phase_in(meant.format(word)) is phase
    assert phase_in(look_alike.format(word)) is None


@pytest.mark.parametrize("word", _FILE.beside)
def test_a_word_beside_takes_nothing_from_a_closing_one_and_says_nothing(word: str) -> None:
    assert phase_in(f"T1 post {word}") is Phase.POST_CONTRAST
    assert phase_in(f"T2 {word} 5.0") is None

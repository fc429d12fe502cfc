"""Words that name a phase, words that only look like it, and files that cannot be used."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import text

from imaging.phase.lexicon import default_lexicon, load_lexicon, pieces, read_phase, words_beside_phases
from imaging.phase.lexicon_file import LexiconError
from imaging.phase.types import Phase


def phase_in(written: str) -> Phase | None:
    return read_phase(written, default_lexicon()).phase


@pytest.mark.parametrize(
    ("written", "phase"),
    [
        ("T1post", Phase.POST_CONTRAST),
        ("sag 3d gre +c", Phase.POST_CONTRAST),
        ("T1+C", Phase.POST_CONTRAST),
        ("Abdomen C+", Phase.POST_CONTRAST),
        ("Abdomen C-", Phase.NON_CONTRAST),
        ("CECT chest", Phase.POST_CONTRAST),
        ("non enhance", Phase.NON_CONTRAST),
        ("Non-Contrast 5mm", Phase.NON_CONTRAST),
        ("Abd W/O", Phase.NON_CONTRAST),
        ("CT, HEAD/BRAIN WO CONTRAST", Phase.NON_CONTRAST),
        ("PRE_CONTRAST", Phase.NON_CONTRAST),
        ("ART1", Phase.ARTERIAL),
        ("A-P ART", Phase.ARTERIAL),
        ("early arterial", Phase.ARTERIAL_EARLY),
        ("late arterial", Phase.ARTERIAL_LATE),
        ("Liver LATE-ARTERIAL 3.0", Phase.ARTERIAL_LATE),
        ("late", Phase.DELAYED),
        ("portal venous phase", Phase.PORTAL_VENOUS),
        ("venous", Phase.VENOUS),
        ("Nephrographic", Phase.NEPHROGRAPHIC),
        ("excretory 8min", Phase.EXCRETORY),
        ("Gd-EOB HBP 20min", Phase.HEPATOBILIARY),
        ("CE arterial", Phase.ARTERIAL),
        ("delayed post contrast", Phase.DELAYED),
        ("LiverArt 3.0 Br40", Phase.ARTERIAL),
        ("PreContrast", Phase.NON_CONTRAST),
        ("MinIP post 3.0 Br40 S3", Phase.POST_CONTRAST),
        ("S/CONTRASTE", Phase.NON_CONTRAST),
        ("C/CONTRASTE", Phase.POST_CONTRAST),
        ("zonder contrast", Phase.NON_CONTRAST),
        ("sem contraste", Phase.NON_CONTRAST),
        ("senza mdc", Phase.NON_CONTRAST),
        ("utan kontrast", Phase.NON_CONTRAST),
        ("contrast not given", Phase.NON_CONTRAST),
        ("Leber früharteriell", Phase.ARTERIAL_EARLY),
        ("TARDÍO", Phase.DELAYED),
    ],
)
def test_a_phase_is_named_by_whole_words(written: str, phase: Phase) -> None:
    assert phase_in(written) is phase


@pytest.mark.parametrize(
    "written",
    [
        *("Heart", "Cartilage", "Chest Press", "Portable", "Model", "Posterior fossa", "Artefact", "Prep", "Lateral"),
        *("A-P", "AP", "CT Abd AP", "a/p", "C-spine", "C+T spine", "Neck+C+A", "N+C", "phase contrast", "PC 3D"),
        *("PRE LIVER TRANSPLANT", "Post chest tube", "Post kidney tx", "late systole", "TAC del torax"),
        *("post op", "pre-op", "Post void", "T2 W/O FS", "arterial spin labeling", "70sec delay", "oral contrast", ""),
    ],
)
def test_false_friends_name_nothing(written: str) -> None:
    assert phase_in(written) is None


@pytest.mark.parametrize(
    ("written", "phase"),
    [
        ("비조영", Phase.NON_CONTRAST),
        ("비조영증강", Phase.NON_CONTRAST),
        ("복부조영전CT", Phase.NON_CONTRAST),
        ("조영 전", Phase.NON_CONTRAST),
        ("조영증강", Phase.POST_CONTRAST),
        ("간 동맥기", Phase.ARTERIAL),
        ("후기동맥기", Phase.ARTERIAL_LATE),
        ("간문맥기", Phase.PORTAL_VENOUS),
        ("정맥기", Phase.VENOUS),
        ("지연기", Phase.DELAYED),
        ("평형기", Phase.DELAYED),
        ("간담도기", Phase.HEPATOBILIARY),
        (unicodedata.normalize("NFD", "동맥기"), Phase.ARTERIAL),
        ("하지 정맥", None),
        ("조영 전신", None),
    ],
)
def test_korean_words_count_inside_a_run_of_hangul(written: str, phase: Phase | None) -> None:
    assert phase_in(written) is phase


@pytest.mark.parametrize(
    "written",
    [
        "MRI BRAIN W/WO ENHANCEMENT",
        "with and without contrast",
        "5.8 TAP : 4 HELICES (SANS/THXABDO ART/AP PORT/TARDIF)",
        "pre/post",
        "조영전후",
    ],
)
def test_a_text_about_several_phases_decides_nothing(written: str) -> None:
    reading = read_phase(written, default_lexicon())
    assert (reading.phase, reading.is_mixed) == (None, True)


def test_an_abbreviation_is_believed_less_than_a_word() -> None:
    lexicon = default_lexicon()
    assert read_phase("art", lexicon).confidence < read_phase("arterial", lexicon).confidence


def test_texts_are_cut_where_letters_meet_digits() -> None:
    assert pieces("T1post_+C 3D") == ("t", "1", "post", "+c", "3", "d")


def test_what_is_left_beside_phase_words_names_the_protocol() -> None:
    lexicon = default_lexicon()
    assert words_beside_phases("Liver ART 5.0", lexicon) == words_beside_phases("Liver portal phase 3.0", lexicon)
    assert words_beside_phases("T1 ax", lexicon) != words_beside_phases("T2 ax", lexicon)


def test_a_site_adds_corrects_and_silences_words(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('[[phase]]\nname = "ARTERIAL"\nwords = ["빠른"]\n[[silent]]\nwords = ["del"]\n', "utf-8")
    lexicon = load_lexicon([site])
    assert read_phase("간빠른영상", lexicon).phase is Phase.ARTERIAL
    assert read_phase("abdomen del", lexicon).phase is None
    assert phase_in("abdomen del") is Phase.DELAYED


def test_a_site_adds_to_groups_and_to_the_words_beside(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('[[group]]\nname = "agent"\nwords = ["zeta"]\n[[beside]]\nwords = ["foot"]\n', "utf-8")
    lexicon = load_lexicon([site])
    assert read_phase("T1 without zeta", lexicon).phase is Phase.NON_CONTRAST
    assert read_phase("T1 post foot", lexicon).phase is Phase.POST_CONTRAST
    assert phase_in("T1 without zeta") is phase_in("T1 post foot") is None


def test_the_digest_tells_lexicons_apart(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('[[phase]]\nname = "ARTERIAL"\nwords = ["fast"]\n', "utf-8")
    assert load_lexicon().digest == default_lexicon().digest != load_lexicon([site]).digest


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('[[phase]]\nname = "ARTERAIL"\nwords = ["x"]', r"site.toml, \[\[phase\]\] number 1: name 'ARTERAIL'"),
        ('[[phase]]\nname = "UNKNOWN"\nwords = ["x"]', "is no phase"),
        ('[[phase]]\nname = "VENOUS"\nword = ["x"]', "only abbreviations, closing, name, words may stand here"),
        ('[[phase]]\nname = "VENOUS"\nwords = "x"', r"number 1, words: write a list"),
        ('[[silent]]\nwords = ["x"]\n[[silent]]\nwords = [3]', r"\[\[silent\]\] number 2, words: write a list"),
        ('[[phases]]\nwords = ["x"]', "'phases' is not known"),
        ('[[silent]]\nwords = ["--"]', "'--' has no letter or digit"),
        ('[[silent]]\nwords = ["art x"]\n[[mixed]]\nwords = ["ART-X"]', "there twice, under mixed and silent"),
        ('[[group]]\nwords = ["x"]', "a group needs a name"),
        ('[[silent]]\nwords = ["<nobody> x"]', "names no .*group.*nobody"),
        ('[[phase]]\nname = "NOT_APPLICABLE"\nwords = ["x"]', "is no phase"),
        ("[[phase]]\nname = \n", "is not TOML in UTF-8: .*line 2"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(tmp_path: Path, content: str, complaint: str) -> None:
    site = tmp_path / "site.toml"
    site.write_text(content, "utf-8")
    with pytest.raises(LexiconError, match=complaint):
        load_lexicon([site])


def test_no_latin_word_counts_inside_another() -> None:
    words = {known.pieces[0] for known in default_lexicon().entries if len(known.pieces) == 1}
    latin = sorted(word for word in words if word.isascii() and word.isalpha())
    assert len(latin) > 50
    assert [word for word in latin if phase_in(f"zq{word}") or phase_in(f"{word}zq")] == []


@given(text())
def test_any_text_can_be_read(written: str) -> None:
    reading = read_phase(written, default_lexicon())
    assert reading.phase is None or not reading.is_mixed

"""Of free text only known words leave, and numbers whose meaning can be said (reliability E2)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.deidentify.text import clean_machine_text, clean_text, machine_words, name_words, safe_words
from tests.bench.kept_text import measured

_PERSON = name_words(["Whitfield^Jonathan=洪^吉洞=홍^길동", "00739214", "A-5581.07"])
_MONTHS = ["January", "Jan", "März", "Mrz", "avr.", "août", "déc.", "marzo", "ene", "agosto", "Okt", "Sept"]
_WRITTEN = (
    "%m/%d/%y", "%d.%m.%y", "%d-%b-%y", "%d %B %Y", "%B %d, %Y", "%Y-%m-%d", "%Y%m%d", "%y%m%d", "%Y년 %m월 %d일",
    "%y년 %m월", "%Y/%m/%d", "%d%b%Y", "%Y_%m_%d", "%d|%m|%Y", "%d %m %Y", "%b-%d-%Y", "%d. %B %Y", "'%y.%m.%d",
    "%Y年%m月%d日", "%Y-%m-%dT11:45:59",
)  # fmt: skip
_AROUND = (
    "{}",
    "{} min delay",
    "phase {}",
    "b {}",
    "T2 {} ax",
    "series {}",
    "{} mm",
    "L{}",
    "TE {}",
    "{} ms",
    "{} 분",
    "FOV {}",
)


@pytest.mark.parametrize(
    "text",
    [
        "3.0 B30f late arterial", "AXT2 FS 3mm", "ep2d_diff_b0_400_800_ADC", "t1_vibe_dixon_tra_bh_W", "C+ 70 s",
        "L4-5 disc", "C-spine 5 mm", "10 min delay", "DWI b=0,50,400,800 s/mm2", "Iopamidol 370", "18F-FDG PET/CT",
        "Tc-99m MDP", "1.5T MRI", "4 phase", "Thorax 1.5 Br40", "TE 80 TR 2000", "W/O contrast", "FOV 3 mm",
        "3 ml/s", "LAO 30 CRAN 20", "MLO L", "CC R", "C3/4", "3D FLAIR", "3x3x5mm", "80 kV 200 mAs", "T1W_TSE",
        "Dyn 3", "복부CT 조영전", "10분 지연", "造影CT 早期相 35秒", "상복부조영증강",
        "간 역동 조영증강 동맥기 35초", "Oberbauch portalvenös 70 s", "IRM cérébrale sans injection",
        "TC tórax sin contraste", "ANGIO (MIP)", "2 of 3", "8 slices", "0.625 mm", "iMAR 3 mm",
    ],
)  # fmt: skip
def test_what_a_technician_writes_of_a_picture_stays(text: str) -> None:
    assert clean_text(text, _PERSON) == text


@pytest.mark.parametrize(
    "text",
    ["BRAIN W/WO ENHANCEMENT", "W & W/O", "W WO contrast", "o. KM axial", "Kopf m. KM", "CE(-)", "조영(+)", "+/-C",
     "C-/C+", "S/C", "c/contraste axial", "T2 C-", "T1 +C", "KM+", "w/o contrast", "ohne KM", "sin contraste",
     "sans injection", "造影なし", "조영제 없이"],
)  # fmt: skip
def test_what_says_whether_contrast_was_given_stays_whole(text: str) -> None:
    """Half of it would say the contrary."""
    assert clean_text(f"{text} Whitfield", _PERSON) == text


@pytest.mark.parametrize("way", _WRITTEN)
@pytest.mark.parametrize("around", _AROUND)
def test_no_part_of_a_date_stays_however_it_is_written(way: str, around: str) -> None:
    for day in (date(1931, 12, 25), date(1957, 10, 11), date(2003, 11, 28), date(2024, 10, 15)):
        written = day.strftime(way)
        left = clean_text(around.format(written), _PERSON)
        secrets = {f"{day:%Y}", f"{day:%y}", f"{day:%m}", f"{day:%d}", f"{day:%B}", f"{day:%b}"}
        assert not [one for one in secrets if one in left], (around.format(written), left)


@pytest.mark.parametrize("month", _MONTHS)
@pytest.mark.parametrize(
    "way", ["15 {} 2024", "15-{}-24", "{} 15", "15. {} 24", "{} 2024", "15 de {} de 2024", "{}_15"]
)
def test_a_month_by_its_name_goes_with_its_day_and_year(month: str, way: str) -> None:
    assert clean_text(f"CT {way.format(month)} head") == "CT head"


@pytest.mark.parametrize(
    "age",
    ["F/93", "93Y", "93-year", "93 year old", "93세", "93살", "93 yo", "93M", "M93", "93 ans", "93 años", "93歳",
     "93 Jahre", "F 93 Y", "(93)", "aged 93", "93-jährig", "９３세"],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{} liver", "liver {} 5 mm", "{} 10 min", "{}"])
def test_an_age_does_not_stay(age: str, around: str) -> None:
    left = clean_text(around.format(age))
    assert "93" not in left
    assert "９３" not in left


@pytest.mark.parametrize(
    "number",
    ["00739214", "739214", "0739214", "7-3-9-2-1-4", "739 214", "73.92.14", "000739214", "A558107", "a5581-07",
     "A 5581 07", "A.5581.07", "5581", "(00)739214"],
)  # fmt: skip
@pytest.mark.parametrize("around", ["chest {}", "{} mm", "b{}", "TE {}", "chest_{}_ax", "{}x512", "x{}"])
def test_a_number_of_the_person_does_not_stay(number: str, around: str) -> None:
    left = clean_text(around.format(number), _PERSON)
    assert not [one for one in ("739", "214", "5581", "558107", "73", "92") if one in left], left


@pytest.mark.parametrize(
    "name",
    ["Whitfield", "JONATHAN WHITFIELD", "jonathan.whitfield", "Whitfield^Jonathan", "Whitfield_J", "J.W.", "J. W.",
     "WhitfieldJonathan", "홍길동", "홍길동님", "홍 길동 씨", "길동이", "홍길동의", "환자홍길동", "洪吉洞", "吉洞",
     "Dr. Black", "Frau Stein", "김지연님", "田中様", "ＷＨＩＴＦＩＥＬＤ", "Whit\u200bfield"],
)  # fmt: skip
def test_a_name_does_not_stay(name: str) -> None:
    assert clean_text(f"CT {name} 복부", _PERSON) == "CT 복부"


def test_a_description_loses_the_name_and_not_the_whole() -> None:
    names = name_words(["HEAD^WHITE", "77"])
    assert clean_text("PLAIN HEAD", names) == "PLAIN"
    assert clean_text("plain_white-head CT 77 keV", names) == "plain CT 77 keV"
    assert clean_text("PLAIN HEAD") == "PLAIN HEAD"


def test_a_name_in_pieces_that_are_known_words_does_not_stay() -> None:
    assert clean_text("white head CT", name_words(["Whitehead^Ann"])) == "CT"


@pytest.mark.parametrize(
    "text", ["L R", "R.L. knee", "A B C", "조영기", "정상기", "HONG93mm", "K7", "A123", "part 1/2", "10:30", "14h30"]
)
def test_initials_short_names_and_numbers_without_a_meaning_do_not_stay(text: str) -> None:
    assert clean_text(text) in ("", "knee", "part")


def test_full_width_and_circled_signs_count_as_the_plain_ones() -> None:
    assert clean_text("ＣＴ ３／１５／２４ head ５㎜") == "CT head 5mm"


@pytest.mark.parametrize(
    ("text", "left"),
    [("uMR780", "uMR780"), ("SOMATOM Definition 64", "SOMATOM Definition 64"), ("Hong Definition", "Definition"),
     ("B30f", "B30f"), ("MONOCHROME2", "MONOCHROME2"), ("CT 3/15/24", "CT"), ("syngo 93Y", "syngo"), ("4.0.5", "4.0.5"),
     ("A558107", "")],
)  # fmt: skip
def test_what_a_machine_writes_keeps_its_short_numbers(text: str, left: str) -> None:
    assert clean_machine_text(text, _PERSON) == left


def test_makers_and_terms_that_are_names_stay_in_no_text_of_people() -> None:
    assert clean_text("Carl Ann Kaiser Leonardo Omar Tim Max") == ""
    assert safe_words() < machine_words()


@given(st.text(max_size=60))
def test_nothing_is_added_and_cleaning_again_changes_nothing(text: str) -> None:
    left = clean_text(text)
    assert clean_text(left) in left or len(clean_text(left)) <= len(left)
    assert "\0" not in left


@pytest.mark.parametrize("piece", ["1", "1_", "0 ", "동맥", "가", "b0,", "L4-", "dr. ", "1x", "mar 1 ", " ", "a"])
def test_a_long_text_takes_no_longer_than_its_length(piece: str) -> None:
    clean_text(piece * (20_000 // len(piece)), _PERSON)


def test_nothing_leaks_of_sentences_in_six_languages_and_what_is_useful_stays() -> None:
    by_language, _, leaking = measured()
    assert not leaking
    assert sum(count.sentences for count in by_language.values()) >= 300
    assert len(by_language) == 6
    for count in by_language.values():
        assert count.kept >= 0.95 * count.words

"""Names that leave: usable everywhere, telling nothing."""

import pytest

from chassis.errors import BadRequest
from chassis.secrets import SiteKeys
from services.export.names import Pseudonyms, check_dataset_name, file_path, segment

KEYS = SiteKeys(b"0" * 32)


@pytest.mark.parametrize("name", ["liver-ct", "A", "0.1_b", "x" * 64])
def test_plain_names_are_taken(name: str) -> None:
    assert check_dataset_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "-a",
        ".a",
        "a.",
        "x" * 65,
        "간",
        "a b",
        "a\n",
        "C:",
        "CON",
        "nul",
        "com1.txt",
    ],
)
def test_names_that_some_system_cannot_carry_are_refused(name: str) -> None:
    """D7."""
    with pytest.raises(BadRequest):
        check_dataset_name(name)


@pytest.mark.parametrize(
    "text", ["../../etc", "A/B", "C:\\x", "..", "", "CON", "prn", "a.", "동맥기", "x" * 300, "=cmd|' /C calc'!A0", "\0"]
)
def test_a_hostile_phase_becomes_a_plain_folder(text: str) -> None:
    """D7."""
    found = segment(text)
    assert found
    assert len(found) <= 100
    assert set(found) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    assert found not in ("CON", "PRN")


def test_pseudonyms_are_the_same_in_one_data_set_and_others_in_another() -> None:
    """E3."""
    one, again, other = Pseudonyms(KEYS, "a"), Pseudonyms(KEYS, "a"), Pseudonyms(KEYS, "b")
    who = ("person", "hospital", "1.2.3", "1.2.3.4", 7)
    assert one.subject(*who) == again.subject(*who)
    assert not {*vars_of(one, who)} & {*vars_of(other, who)}
    assert one.uid("1.2.3") != other.uid("1.2.3")


def vars_of(names: Pseudonyms, who: tuple[str, str, str, str, int]) -> tuple[str, str, str]:
    found = names.subject(*who)
    return found.person, found.occurrence, found.series


@pytest.mark.parametrize(
    ("mode", "shape"),
    [
        ("phase", "root/train/{p}/{o}/ARTERIAL/{s}/0012.png"),
        ("plane", "root/train/{p}/{o}/AXIAL/{s}/0012.png"),
        ("both", "root/train/{p}/{o}/ARTERIAL/AXIAL/{s}/0012.png"),
        ("series", "root/train/{p}/{o}/{s}/0012.png"),
        ("flat", "root/train/{p}_{o}_{s}_0012.png"),
    ],
)
def test_each_mode_has_its_folders(mode: str, shape: str) -> None:
    subject = Pseudonyms(KEYS, "a").subject("person", "hospital", "1.2.3", "1.2.3.4", 7)
    path = file_path("root", "train", subject, mode, "AXIAL", "ARTERIAL", "0012.png")
    assert path == shape.format(p=subject.person, o=subject.occurrence, s=subject.series)
    assert max(map(len, path.split("/"))) <= 100


@pytest.mark.parametrize("number", [None, -5, 0, 7, 2_147_483_647])
def test_any_series_number_makes_a_folder(number: int | None) -> None:
    series = Pseudonyms(KEYS, "a").subject("person", "hospital", "1.2.3", "1.2.3.4", number).series
    assert series.startswith("S")
    assert len(series) <= 20

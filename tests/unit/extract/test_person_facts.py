"""Sex, year of birth and age from what devices write."""

from datetime import date

import pytest

from imaging.dicom.header import read_tags
from imaging.header.dicom_json import Document
from services.extract.patient import PersonFacts, person_facts
from tests.makers import ct_bytes


def _facts(
    birth_date: str | None = None, age: str | None = None, study: str = "20240110", sex: str = "F"
) -> PersonFacts:
    tags = read_tags(ct_bytes(PatientBirthDate=birth_date, PatientAge=age, StudyDate=study, PatientSex=sex))
    return person_facts(tags.document, tags.identity.birth_date)


def test_the_birth_date_gives_year_and_age() -> None:
    assert _facts("19600111") == PersonFacts("F", 1960, 23375)


def test_the_written_age_counts_before_the_birth_date() -> None:
    assert _facts("19600111", "063Y") == PersonFacts("F", 1960, 23011)


@pytest.mark.parametrize(("age", "days"), [("045Y", 16436), ("003M", 91), ("002W", 14), ("005D", 5)])
def test_without_a_birth_date_the_year_is_left_to_the_catalogue(age: str, days: int) -> None:
    assert _facts(None, age) == PersonFacts("F", None, days)


@pytest.mark.parametrize("birth_date", ["18000101", "20250101", "00000000", ""])
def test_an_impossible_birth_date_is_no_birth_date(birth_date: str) -> None:
    """B17"""
    assert _facts(birth_date) == PersonFacts("F", None, None)


@pytest.mark.parametrize("age", ["999Y", "abc", "Y", "-05Y"])
def test_an_age_that_cannot_be_is_unknown(age: str) -> None:
    """B17"""
    facts = person_facts({"00101010": {"vr": "AS", "Value": [age]}}, None)
    assert facts == PersonFacts("", None, None)


def test_a_birth_date_that_is_the_day_of_the_study_gives_no_age() -> None:
    """Archives fill the one with the other; what is written as the age of a newborn stands."""
    assert _facts("20240110") == PersonFacts("F", None, None)
    assert _facts("20240110", "000D") == PersonFacts("F", None, 0)
    assert _facts("20240110", "001D") == PersonFacts("F", None, 1)
    acquired: Document = {"00080022": {"vr": "DA", "Value": ["20240110"]}}
    assert person_facts(acquired, date(2024, 1, 10)) == PersonFacts("", None, None)


def test_a_sex_the_standard_does_not_know_is_unknown() -> None:
    document: Document = {"00100040": {"vr": "CS", "Value": ["WOMAN"]}}
    assert person_facts(document, date(1960, 1, 1)) == PersonFacts("", 1960, None)

"""What the catalogue may know of a patient without knowing who it is: sex, year of birth, age on the day."""

import re
from dataclasses import dataclass
from datetime import date

from imaging.document import Document, date_value, text

_AGE = re.compile(r"(\d{1,3})\s*([DWMY])")  # PS3.5 6.2, AS
_DAYS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12, "Y": 365.25}
_OLDEST_YEARS = 130


@dataclass(frozen=True)
class PersonFacts:
    """`sex` is M, F, O or empty; what is unknown or cannot be is None."""

    sex: str
    birth_year: int | None
    age_days: int | None


def person_facts(document: Document, birth_date: date | None) -> PersonFacts:
    """The age is the written one, else counted; the year is that of the birth date, else study year minus age."""
    study_date = date_value(document, "StudyDate")
    birth_date = birth_date if _is_possible(birth_date, study_date) else None
    age = _written_age(text(document, "PatientAge") or "")
    if age is None and birth_date and study_date:
        age = (study_date - birth_date).days
    return PersonFacts(_sex(document), _birth_year(birth_date, study_date, age), age)


def _sex(document: Document) -> str:
    written = (text(document, "PatientSex") or "").upper()
    return written if written in ("M", "F", "O") else ""


def _birth_year(birth_date: date | None, study_date: date | None, age_days: int | None) -> int | None:
    if birth_date:
        return birth_date.year
    if study_date is None or age_days is None:
        return None
    return study_date.year - int(age_days / _DAYS["Y"] + 0.01)  # 45 years are written as 16,436 days or a little less


def _written_age(written: str) -> int | None:
    found = _AGE.fullmatch(written.upper())
    days = int(found[1]) * _DAYS[found[2]] if found else None
    return int(days) if days is not None and days <= _OLDEST_YEARS * _DAYS["Y"] else None


def _is_possible(birth_date: date | None, study_date: date | None) -> bool:
    """Archives fill an unknown birth date with 1800 or 1900 and the like, or with the date of the study itself."""
    if birth_date is None:
        return False
    if study_date is None:
        return birth_date.year > 1800
    return birth_date <= study_date and study_date.year - birth_date.year <= _OLDEST_YEARS

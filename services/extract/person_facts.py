"""What the catalogue may know of a patient without knowing who it is: sex, year of birth, age on the day."""

from dataclasses import dataclass
from datetime import date

from imaging.document import Document, date_value, text
from imaging.fields import age_in_days, first_date

_OLDEST_YEARS = 130


@dataclass(frozen=True)
class PersonFacts:
    """`sex` is M, F, O or empty; what is unknown or cannot be is None."""

    sex: str
    birth_year: int | None
    age_days: int | None


def person_facts(document: Document, birth_date: date | None) -> PersonFacts:
    """The age is the written one, else counted. The year is that of the birth date only: the catalogue, which sees
    all studies of a person, says what it assumes when there is none.
    """
    birth_date = birth_date if _is_possible(birth_date, first_date(document)) else None
    study_date = date_value(document, "StudyDate")
    age = age_in_days(text(document, "PatientAge"))
    if age is None and birth_date and study_date:
        age = (study_date - birth_date).days
    return PersonFacts(_sex(document), birth_date.year if birth_date else None, age)


def _sex(document: Document) -> str:
    written = (text(document, "PatientSex") or "").upper()
    return written if written in ("M", "F", "O") else ""


def _is_possible(birth_date: date | None, study_date: date | None) -> bool:
    """Archives fill an unknown birth date with 1800 or 1900 and the like, or with the date of the study itself."""
    if birth_date is None:
        return False
    if study_date is None:
        return birth_date.year > 1800
    return birth_date < study_date and study_date.year - birth_date.year <= _OLDEST_YEARS

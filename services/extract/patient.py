"""What the catalogue may know of a patient: sex, year of birth, age, pseudonyms, an identity sealed for the vault."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis.secrets import SiteKeys
from imaging.dicom.identity import is_placeholder, words
from imaging.fields.fields import age_in_days, first_date
from imaging.header.dicom_json import Document, date_value, text
from proto.rcdm.v1 import events_pb2 as pb

_OLDEST_YEARS = 130

_BIRTH_KEY_CHARACTERS = 16


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


def give_pseudonyms(person: pb.Person, instance: pb.Instance, identity: dict[str, Any], keys: SiteKeys) -> None:
    """Fills in the keys and the sealed identity. A patient id counts within its issuer, else within the hospital.

    A placeholder for an id means nobody: name, birth date and sex say who it is, else the study stands for a person.
    """
    patient_id, accession = _text(identity, "patient_id"), _text(identity, "accession_number")
    issuer = _text(identity, "issuer") or instance.hospital
    person.placeholder_id = bool(patient_id) and is_placeholder(patient_id)
    if patient_id and not person.placeholder_id:
        person.key = keys.pseudonym("person", issuer, patient_id)
        person.patient_key = keys.pseudonym("person", instance.hospital, patient_id)
        if person.HasField("birth_year"):  # a date that can be
            birth_date = _text(identity, "birth_date")
            person.birth_key = keys.pseudonym("birth date", patient_id, birth_date)[:_BIRTH_KEY_CHARACTERS]
    elif described := _described(person, identity):
        person.key = keys.pseudonym("described person", issuer, *described)
    else:
        person.key = keys.pseudonym("study", instance.study_instance_uid)
        person.from_study = True
    if accession:
        person.accession_key = keys.pseudonym("accession", instance.hospital, accession)
    person.sealed_identity = keys.seal(json.dumps(identity, ensure_ascii=False).encode())


def _described(person: pb.Person, identity: dict[str, Any]) -> tuple[str, ...]:
    """Name, birth date and sex of somebody with a placeholder for an id; nothing when one of them is missing."""
    name = " ".join(sorted(words(_text(identity.get("patient_name") or {}, "alphabetic"))))
    is_known = person.placeholder_id and person.HasField("birth_year") and person.sex in ("M", "F")
    return (name, _text(identity, "birth_date"), person.sex) if is_known and not is_placeholder(name) else ()


def _text(identity: dict[str, Any], name: str) -> str:
    value = identity.get(name)
    return value if isinstance(value, str) else ""

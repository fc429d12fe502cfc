"""Who the patient is leaves this service in two forms only: pseudonyms, and an identity sealed for the vault."""

import json
from typing import Any

from chassis.secrets import SiteKeys
from imaging.identity import is_placeholder, words
from proto.rcdm.v1 import events_pb2 as pb

_BIRTH_KEY_CHARACTERS = 16


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

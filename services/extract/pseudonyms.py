"""Who the patient is leaves this service in two forms only: pseudonyms, and an identity sealed for the vault."""

import json
from typing import Any

from chassis.secrets import SiteKeys
from proto.rcdm.v1 import events_pb2 as pb


def give_pseudonyms(person: pb.Person, instance: pb.Instance, identity: dict[str, Any], keys: SiteKeys) -> None:
    """Fills in the keys and the sealed identity. A patient id counts within its issuer, else within the hospital."""
    patient_id, accession = _text(identity, "patient_id"), _text(identity, "accession_number")
    if patient_id:
        person.key = keys.pseudonym("person", _text(identity, "issuer") or instance.hospital, patient_id)
    else:
        person.key = keys.pseudonym("study", instance.study_instance_uid)
        person.from_study = True
    if accession:
        person.accession_key = keys.pseudonym("accession", instance.hospital, accession)
    person.sealed_identity = keys.seal(json.dumps(identity, ensure_ascii=False).encode())


def _text(identity: dict[str, Any], name: str) -> str:
    value = identity.get(name)
    return value if isinstance(value, str) else ""

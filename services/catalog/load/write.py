"""A batch of image records becomes rows: what they belong to first, then the images, all in the caller's transaction.

Every step takes its keys in sorted order, so two consumers that share a patient or a device wait for each other and
never deadlock. The same records twice change nothing; of two extractions of one object the later one stays.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from cdm.tables import RadiologyImage
from services.catalog.db import HOSPITAL, Connection, Key, find_or_create
from services.catalog.diagnoses.mapping import map_automatically
from services.catalog.load.records import Diagnosis, ImageRecord
from services.catalog.omop.persons import KnownPerson, known_persons
from services.catalog.omop.visits import make_care_sites
from services.catalog.reextraction.outcomes import note_replaced
from services.catalog.tags.values import keep_values

# What follows from the other images of the study: written by settle.py alone once a row is there.
_SETTLED = frozenset(
    {"image_phase", "image_phase_concept_id", "phase_source", "phase_confidence", "phase_reason", "image_no",
     "phase_total_no"}
)  # fmt: skip
_TABLE = RadiologyImage.__table__  # type: ignore[attr-defined]
_NUMBERED = frozenset({"image_id", "image_no", "phase_total_no"})
_CORRECTED = frozenset(
    {"original_plane", "original_plane_source", "original_plane_reason", "corrected_phase", "original_phase",
     "original_phase_source"}
)  # fmt: skip
_COLUMNS = [column for column in _TABLE.columns if column.name not in _NUMBERED | _CORRECTED]


async def write_images(connection: Connection, records: Sequence[ImageRecord]) -> dict[Key, int]:
    """Rows for all records. Returns the occurrence's id by (study uid, hospital as it was said).

    The caller has called `share_persons`.
    """
    await lock_studies(connection, {(one.hospital, one.study_uid) for one in records})
    moved = await _moved(connection, records)
    images = _latest([_in_place(one, moved) for one in records])
    named = {(name,) for one in images for name in (one.hospital, one.said_hospital) if name}
    hospitals = await find_or_create(connection, HOSPITAL, named)
    await make_care_sites(connection, list(hospitals.values()))
    conditions = await find_conditions(connection, {one.diagnosis for one in images if one.diagnosis})
    persons = await known_persons(connection, {one.person_key: one.received_at.year for one in images})
    await _keep_identities(connection, images)
    occurrences = await _occurrences(connection, images, hospitals, persons)
    rows = [
        {
            **one.row,
            "radiology_hospital_id": hospitals[(one.hospital,)],
            "said_hospital_id": hospitals.get((one.said_hospital,)),
            "radiology_occurrence_id": occurrences[one.study_uid, one.hospital],
            "person_id": persons[one.person_key].person_id,
            "person_key": one.person_key if persons[one.person_key].is_mapped else None,
            "radiology_condition_id": conditions[one.diagnosis.digest] if one.diagnosis else None,
        }
        for one in images
    ]
    await _write_rows(connection, rows)
    return occurrences | {said: occurrences[said[0], hospital] for said, hospital in moved.items()}


async def _write_rows(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """New ones by COPY, those that are there change when they were extracted later.

    Their studies are locked: nobody else makes these rows meanwhile.
    """
    known = await _known(connection, rows)
    fresh = [row for row in rows if _key(row) not in known]
    again = [row for row in rows if _key(row) in known]
    if fresh:
        names = [column.name for column in _COLUMNS]
        await connection.copy_records_to_table(
            "radiology_image",
            schema_name="rcdm",
            columns=names,
            records=[[row[name] for name in names] for row in fresh],
        )
    changed = await connection.fetch(_UPDATE, *(_travelling(column, again) for column in _COLUMNS)) if again else []
    await keep_values(connection, [_key(row) for row in fresh], [row["radiology_occurrence_id"] for row in changed])
    await note_replaced(connection, [row["image_id"] for row in changed])


def _key(row: Mapping[str, Any]) -> Key:
    return row["sop_instance_uid"], row["radiology_hospital_id"]


async def _known(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> set[Key]:
    keys = [_key(row) for row in rows]
    found = await connection.fetch(
        "SELECT sop_instance_uid, radiology_hospital_id FROM rcdm.radiology_image"
        " JOIN unnest($1::text[], $2::integer[]) AS wanted (sop, hospital)"
        " ON sop_instance_uid = sop AND radiology_hospital_id = hospital",
        [sop for sop, _ in keys],
        [hospital for _, hospital in keys],
    )
    return {(row[0], row[1]) for row in found}


def _in_place(record: ImageRecord, moved: Mapping[Key, str]) -> ImageRecord:
    hospital = moved.get((record.study_uid, record.hospital))
    return replace(record, hospital=hospital, said_hospital=record.hospital) if hospital else record


def _latest(records: Iterable[ImageRecord]) -> list[ImageRecord]:
    """One record of each object, the one extracted last, in the order of their keys."""
    found: dict[Key, ImageRecord] = {}
    for record in sorted(records, key=lambda one: (one.hospital, one.sop_uid, one.extracted_at)):
        found[record.hospital, record.sop_uid] = record
    return list(found.values())


async def lock_studies(connection: Connection, studies: Collection[tuple[str, str]]) -> None:
    """Until the transaction ends nobody else writes or settles these studies, each said as (hospital, study uid)."""
    numbers = sorted(
        int.from_bytes(blake2b("\0".join(study).encode(), digest_size=8).digest(), signed=True) for study in studies
    )
    await connection.execute("SELECT pg_advisory_xact_lock(study) FROM unnest($1::bigint[]) AS study", numbers)


async def _moved(connection: Connection, records: Iterable[ImageRecord]) -> dict[Key, str]:
    """By (study uid, hospital said), the hospital that a person named instead. Those are locked, too."""
    said = sorted({(one.study_uid, one.hospital) for one in records})
    rows = await connection.fetch(
        "SELECT study_instance_uid, said.text, hospital.text FROM rcdm.radiology_occurrence study"
        " JOIN rcdm.radiology_hospital said ON said.radiology_hospital_id = said_hospital_id"
        " JOIN rcdm.radiology_hospital hospital ON hospital.radiology_hospital_id = study.radiology_hospital_id"
        " JOIN unnest($1::text[], $2::text[]) AS new (uid, hospital) ON study_instance_uid = uid"
        " AND said.text = new.hospital WHERE said_hospital_id IS NOT NULL",
        [study for study, _ in said],
        [hospital for _, hospital in said],
    )
    if rows:
        await lock_studies(connection, {(row[2], row[0]) for row in rows})
    return {(row[0], row[1]): row[2] for row in rows}


async def find_conditions(connection: Connection, said: Collection[Diagnosis]) -> dict[str, int]:
    """The ids by their digests, found or made; what is new is mapped as well as can be."""
    wanted = {diagnosis.digest: diagnosis for diagnosis in said}
    digests = sorted(wanted)
    find = "SELECT source_digest, radiology_condition_id FROM rcdm.radiology_condition WHERE source_digest = ANY($1)"
    found = dict(await connection.fetch(find, digests))
    missing = [wanted[digest] for digest in digests if digest not in found]
    if not missing:
        return found
    await connection.execute(
        "INSERT INTO rcdm.radiology_condition (source_text, source_code, source_vocabulary_id, source_digest,"
        " mapping_status) SELECT *, 'UNMAPPED' FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])"
        " ON CONFLICT DO NOTHING",
        [one.text for one in missing],
        [one.code for one in missing],
        [one.vocabulary for one in missing],
        [one.digest for one in missing],
    )
    made = dict(await connection.fetch(find, [one.digest for one in missing]))
    await map_automatically(connection, sorted(made.values()))
    return found | made


async def _keep_identities(connection: Connection, images: Sequence[ImageRecord]) -> None:
    sealed = {}
    for one in sorted(images, key=lambda one: (one.extracted_at, one.sealed_identity)):
        if one.sealed_identity:
            sealed[one.person_key] = one
    keys = sorted(sealed)
    await connection.execute(
        "INSERT INTO vault.person_identity AS kept (person_key, sealed, updated_at)"
        " SELECT * FROM unnest($1::text[], $2::bytea[], $3::timestamptz[])"
        " ON CONFLICT (person_key) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at"
        " WHERE (excluded.updated_at, excluded.sealed) > (kept.updated_at, kept.sealed)",
        keys,
        [sealed[key].sealed_identity for key in keys],
        [sealed[key].extracted_at for key in keys],
    )


async def _occurrences(
    connection: Connection, images: Sequence[ImageRecord], hospitals: dict[Key, int], persons: dict[str, KnownPerson]
) -> dict[Key, int]:
    """Found or made with what is known so far; settle.py writes what holds."""
    first = {(one.study_uid, one.hospital): one for one in images}
    studies = sorted(first)
    await connection.execute(
        "INSERT INTO rcdm.radiology_occurrence (study_instance_uid, radiology_hospital_id, person_id,"
        " radiology_occurrence_date) SELECT new.* FROM unnest($1::text[], $2::integer[], $3::integer[], $4::date[])"
        " AS new (study, hospital, person, day) WHERE NOT EXISTS (SELECT FROM rcdm.radiology_occurrence"
        " WHERE study_instance_uid = study AND radiology_hospital_id = hospital) ON CONFLICT DO NOTHING",
        [study for study, _ in studies],
        [hospitals[(hospital,)] for _, hospital in studies],
        [persons[first[study].person_key].person_id for study in studies],
        [first[study].received_at.date() for study in studies],
    )
    rows = await connection.fetch(
        "SELECT study_instance_uid, text, radiology_occurrence_id FROM rcdm.radiology_occurrence"
        " JOIN rcdm.radiology_hospital USING (radiology_hospital_id)"
        " JOIN unnest($1::text[], $2::text[]) AS wanted (study_instance_uid, text) USING (study_instance_uid, text)",
        [study for study, _ in studies],
        [hospital for _, hospital in studies],
    )
    return {(row[0], row[1]): row[2] for row in rows}


def _travelling(column: Any, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    values = [row[column.name] for row in rows]
    # unnest would flatten an array of arrays: each vector travels as PostgreSQL writes it.
    return [_vector(value) for value in values] if isinstance(column.type, ARRAY) else values


def _vector(value: Iterable[Any] | None) -> str | None:
    if value is None:
        return None
    return "{" + ",".join(_quoted(item) if isinstance(item, str) else repr(item) for item in value) + "}"


def _quoted(item: str) -> str:
    return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _update() -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    types = [column.type.compile(dialect) for column in _COLUMNS]
    travelling = ["text" if isinstance(column.type, ARRAY | JSONB) else kind for column, kind in
                  zip(_COLUMNS, types, strict=True)]  # fmt: skip
    parameters = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(travelling, start=1))
    kept = ("sop_instance_uid", "radiology_hospital_id", "radiology_occurrence_id", *_SETTLED)
    changes = ", ".join(
        f"{column.name} = new.{column.name}::{kind}"
        for column, kind in zip(_COLUMNS, types, strict=True)
        if column.name not in kept
    )
    return (
        f"UPDATE rcdm.radiology_image AS image SET {changes} FROM unnest({parameters})"
        f" AS new ({', '.join(column.name for column in _COLUMNS)})"
        " WHERE image.sop_instance_uid = new.sop_instance_uid"
        " AND image.radiology_hospital_id = new.radiology_hospital_id AND new.extracted_at > image.extracted_at"
        " RETURNING image.radiology_occurrence_id, image.image_id"
    )


_UPDATE = _update()

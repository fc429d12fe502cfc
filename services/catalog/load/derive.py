"""Whatever follows for a study from all of its images is computed again from them, inside the caller's transaction.

So the outcome depends on which images are there and never on the order in which they came.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

from pydantic_core import from_json
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from cdm.query.images import CORRECTED
from cdm.tables import RadiologyOccurrence
from chassis.blobs.keys import DICOM
from imaging.fields.fields import OccurrenceFields, occurrence_fields
from imaging.phase.types import PhaseDecision
from services.catalog.corrections.effective import apply_to_images, corrected_values, keep_originals
from services.catalog.db import DEVICE, MODALITY, POSITION, PROTOCOL, UNITS, Connection, Key, find_or_create
from services.catalog.diagnoses.conditions import link_conditions
from services.catalog.load.derive_sql import CELLS, FACTS, MARK_PLANNING, NUMBER_IMAGES, PERSONS, SPOKESMEN, THUMBNAILS
from services.catalog.load.groups import keep_kinds, same_days
from services.catalog.load.phases import decide_phases
from services.catalog.load.study import Cell, Totals, cut, first_said, mapping_version, search_text, totals
from services.catalog.omop.persons import settle_persons, share_persons
from services.catalog.omop.visits import settle_visits

_NOT_SETTLED = frozenset(
    {"study_instance_uid", "radiology_hospital_id", "visit_occurrence_id", "condition_occurrence_id",
     "procedure_occurrence_id", "radiology_comment", "anatomic_site_concept_id", "said_hospital_id", "original_values"}
)  # fmt: skip
_MOST_ROUNDS = 3
_TABLE = RadiologyOccurrence.__table__  # type: ignore[attr-defined]
_COLUMNS = [column for column in _TABLE.columns if column.name not in _NOT_SETTLED]


@dataclass(frozen=True)
class _Study:
    """What the images of one study say together."""

    occurrence_id: int
    hospital_id: int
    hospital: str
    totals: Totals
    said: OccurrenceFields
    facts: Any
    persons: list[int]  # the likeliest first
    named_persons: int
    condition_id: int | None
    condition: str
    corrected: Mapping[str, Any]  # what people said instead

    @property
    def device(self) -> Key | None:
        parts = [cut(part) for part in (self.said.station_name, self.said.manufacturer, self.said.model)]
        key = (self.hospital_id, *parts, cut(self.said.serial))
        return key if any(key[1:]) else None

    @property
    def protocol_text(self) -> str | None:
        return cast("str | None", self.corrected.get("protocol", self.said.protocol))

    @property
    def protocol(self) -> Key | None:
        if not self.protocol_text:
            return None
        source = CORRECTED if "protocol" in self.corrected else self.said.protocol_source_tag
        return self.hospital_id, cut(self.protocol_text), source or ""

    @property
    def assumptions(self) -> list[str]:
        found = {
            "NO_PATIENT_ID": not self.named_persons and not self.facts["person_placeholder"],
            "PLACEHOLDER_ID": self.facts["person_placeholder"],
            "NO_STUDY_DATE": self.said.study_date is None,
            "SEVERAL_PERSONS": self.named_persons > 1,
            "UID_ASSIGNED": self.facts["has_assigned_uids"],
        }
        return [name for name, holds in found.items() if holds]


async def settle(connection: Connection, occurrence_ids: Iterable[int]) -> None:
    """Everything of these occurrences that follows from their images: counts, phases, numbers, persons, dates.

    Studies of one person on one day are settled together: the first knows from the second that no contrast agent had
    been given yet.
    """
    await share_persons(connection)
    days = await same_days(connection, occurrence_ids)
    for _ in range(_MOST_ROUNDS):
        before, ids = days, [occurrence_id for day in days for occurrence_id in day]
        await _settle_once(connection, sorted(ids), days)
        # A study can turn out to be somebody else's, or of another day, once all of its images are looked at.
        days = await same_days(connection, ids)
        if days == before:
            break


async def _settle_once(connection: Connection, ids: Sequence[int], days: Sequence[Sequence[int]]) -> None:
    await apply_to_images(connection, ids)
    await connection.execute(MARK_PLANNING, ids)
    cells = await _cells(connection, ids)
    decided = await decide_phases(connection, cells, days)
    await _number_images(connection, ids, decided)
    await keep_kinds(connection, ids)
    counted = {occurrence_id: totals(found, decided[occurrence_id]) for occurrence_id, found in cells.items()}
    studies = await _studies(connection, ids, counted)
    before = await connection.fetch(
        "SELECT DISTINCT person_id FROM rcdm.radiology_occurrence WHERE radiology_occurrence_id = ANY($1)", ids
    )
    await _update(connection, await _rows(connection, ids, studies))
    said = {study.occurrence_id: (study.said.protocol, study.facts["radiology_condition_id"]) for study in studies}
    await keep_originals(connection, said)
    await settle_visits(connection, ids)
    await link_conditions(connection, ids)
    persons = {row["person_id"] for row in before} | {person for study in studies for person in study.persons}
    assumptions = [(study.occurrence_id, name) for study in studies for name in study.assumptions]
    await settle_persons(connection, sorted(persons), ids, assumptions)


async def _cells(connection: Connection, ids: Sequence[int]) -> dict[int, list[Cell]]:
    names = [field.name for field in fields(Cell)]
    found: dict[int, list[Cell]] = defaultdict(list)
    for row in await connection.fetch(CELLS, ids):
        values = {name: row[name] for name in names}
        values["acquisition_settings"] = tuple(values["acquisition_settings"])
        values["frame_planes"] = tuple(values["frame_planes"] or ())
        found[row["radiology_occurrence_id"]].append(Cell(**values))
    return found


async def _number_images(
    connection: Connection, ids: Sequence[int], decided: dict[int, dict[str, PhaseDecision]]
) -> None:
    rows = [
        (occurrence_id, group, one.phase, one.source.value, one.confidence, one.reason or None)
        for occurrence_id, decisions in decided.items()
        for group, one in decisions.items()
    ]
    await connection.execute(NUMBER_IMAGES, ids, *(list(column) for column in zip(*rows, strict=True)))


async def _studies(connection: Connection, ids: Sequence[int], counted: dict[int, Totals]) -> list[_Study]:
    # Headers of enhanced objects are large: the loop does not wait for them to be read.
    said = await asyncio.to_thread(_said, await connection.fetch(SPOKESMEN, ids))
    persons: dict[int, list[Any]] = defaultdict(list)
    for row in await connection.fetch(PERSONS, ids):
        persons[row["radiology_occurrence_id"]].append(row)
    facts = {row["radiology_occurrence_id"]: row for row in await connection.fetch(FACTS, ids)}
    corrected = await corrected_values(connection, ids)
    by_study = {one: row["radiology_condition_id"] for one, row in facts.items()}
    by_study |= {one: values["condition"] for one, values in corrected.items() if "condition" in values}
    conditions = await _condition_texts(connection, by_study.values())
    hospitals = await connection.fetch(
        "SELECT radiology_occurrence_id, radiology_hospital_id, text FROM rcdm.radiology_occurrence"
        " JOIN rcdm.radiology_hospital USING (radiology_hospital_id) WHERE radiology_occurrence_id = ANY($1)",
        ids,
    )
    return [
        _Study(
            occurrence_id=occurrence_id,
            hospital_id=hospital_id,
            hospital=hospital,
            totals=counted[occurrence_id],
            said=said[occurrence_id],
            facts=facts[occurrence_id],
            persons=[row["person_id"] for row in persons[occurrence_id]],
            named_persons=sum(not row["from_study"] for row in persons[occurrence_id]),
            condition_id=by_study[occurrence_id],
            condition=conditions.get(by_study[occurrence_id], ""),
            corrected=corrected.get(occurrence_id, {}),
        )
        for occurrence_id, hospital_id, hospital in hospitals
    ]


def _said(rows: Iterable[Any]) -> dict[int, OccurrenceFields]:
    found: dict[int, list[OccurrenceFields]] = defaultdict(list)
    for row in rows:
        found[row["radiology_occurrence_id"]].append(occurrence_fields(from_json(row["tags"])))
    return {occurrence_id: first_said(them) for occurrence_id, them in found.items()}


async def _condition_texts(connection: Connection, ids: Iterable[int | None]) -> dict[int | None, str]:
    rows = await connection.fetch(
        "SELECT radiology_condition_id, concat_ws(' ', source_text, source_code) FROM rcdm.radiology_condition"
        " WHERE radiology_condition_id = ANY($1)",
        [one for one in ids if one],
    )
    return dict(rows)


async def _rows(connection: Connection, ids: Sequence[int], studies: Sequence[_Study]) -> list[dict[str, Any]]:
    devices = await find_or_create(connection, DEVICE, {study.device for study in studies if study.device})
    protocols = await find_or_create(connection, PROTOCOL, {study.protocol for study in studies if study.protocol})
    modalities = await find_or_create(connection, MODALITY, {(one,) for s in studies if (one := s.totals.modality)})
    places = {(cut(study.said.person_position),) for study in studies if study.said.person_position}
    positions = await find_or_create(connection, POSITION, places)
    units = await find_or_create(connection, UNITS, {("NONE",), ("kVp",), ("T",), ("msec",)})
    thumbnails = dict(cast(Any, await connection.fetch(THUMBNAILS, ids)))
    return [
        {
            **_counts(study.totals),
            **_sayings(study),
            "radiology_occurrence_id": study.occurrence_id,
            "person_id": study.persons[0],
            "radiology_device_id": devices[study.device] if study.device else None,
            "radiology_protocol_id": protocols[study.protocol] if study.protocol else None,
            "radiology_modality_id": modalities[(study.totals.modality,)] if study.totals.modality else None,
            "person_position_id": positions.get((cut(study.said.person_position),)),
            "dosage_unit_id": units[(study.said.dosage_unit or "NONE",)],
            "image_exposure_time_unit_id": units[("NONE" if study.said.exposure_time_ms is None else "msec",)],
            "thumbnail_image_id": thumbnails.get(study.occurrence_id),
        }
        for study in studies
    ]


def _counts(counted: Totals) -> dict[str, Any]:
    return {
        "image_total_count": counted.images,
        "picture_total_count": counted.pictures,
        "series_total_count": counted.series,
        "plane_counts": counted.planes,
        "phase_counts": counted.phases,
        "sequence_counts": counted.sequences,
        "modalities": counted.modalities,
        "content_time": counted.content_time,
    }


def _sayings(study: _Study) -> dict[str, Any]:
    said, facts = study.said, study.facts
    parts = (
        said.study_description, study.protocol_text, said.body_part, said.station_name, said.manufacturer, said.model,
        study.condition, study.hospital,
    )  # fmt: skip
    return {
        "radiology_occurrence_date": said.study_date or facts["received_at"].date(),
        "radiology_occurrence_datetime": said.study_datetime,
        "person_age_days": facts["person_age_days"],
        "person_sex": facts["person_sex"] or "U",
        "person_birth_year": facts["person_birth_year"],
        "radiology_condition_id": study.condition_id,
        "anatomic_site_source_value": said.body_part,
        "study_description": said.study_description,
        "accession_number": facts["accession_number"],
        "dosage_value_as_number": said.dosage_value,
        "image_exposure_time": said.exposure_time_ms,
        "radiology_dirpath": DICOM,
        "mapping_version": mapping_version(),
        "search_text": search_text(parts),
    }


async def _update(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    await connection.execute(_UPDATE, *([_value(column, row[column.name]) for row in rows] for column in _COLUMNS))


def _value(column: Any, value: Any) -> Any:
    return json.dumps(value) if isinstance(column.type, ARRAY | JSONB) else value


def _update_sql() -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    names = ", ".join(column.name for column in _COLUMNS)
    kinds = ["jsonb" if isinstance(column.type, ARRAY | JSONB) else column.type.compile(dialect) for column in _COLUMNS]
    parameters = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(kinds, start=1))
    settings = ", ".join(_setting(column) for column in _COLUMNS if column.name != "radiology_occurrence_id")
    return (
        f"UPDATE rcdm.radiology_occurrence AS occurrence SET {settings} FROM unnest({parameters}) AS new ({names})"
        " WHERE occurrence.radiology_occurrence_id = new.radiology_occurrence_id"
    )


def _setting(column: Any) -> str:
    if isinstance(column.type, ARRAY):  # unnest would flatten an array of arrays
        return f"{column.name} = ARRAY(SELECT jsonb_array_elements_text(new.{column.name}))"
    return f"{column.name} = new.{column.name}"


_UPDATE = _update_sql()

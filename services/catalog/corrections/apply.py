"""A correction is made, or taken back: written down, and everything that follows from it computed again, in one go."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from pydantic_core import from_json

from cdm.query.access import Scope
from chassis.errors import Conflict, Forbidden, NotFound
from services.catalog.corrections.effective import move_between_hospitals
from services.catalog.corrections.models import CorrectionRequest
from services.catalog.corrections.preview import (
    Change,
    Counts,
    Part,
    before_of_targets,
    counted,
    differing_parts,
    summary,
)
from services.catalog.corrections.targets import Target
from services.catalog.db import Connection
from services.catalog.load.derive import settle
from services.catalog.load.records import diagnosis
from services.catalog.load.write import find_conditions, lock_studies
from services.catalog.omop.persons import share_persons

_STUDIES_AT_ONCE = 50

_STUDIES = """
SELECT radiology_occurrence_id, study_instance_uid, hospital.text AS hospital, said.text AS said
FROM rcdm.radiology_occurrence study JOIN rcdm.radiology_hospital hospital USING (radiology_hospital_id)
LEFT JOIN rcdm.radiology_hospital said ON said.radiology_hospital_id = said_hospital_id
WHERE radiology_occurrence_id = ANY($1) AND ($2::text[] IS NULL OR hospital.text = ANY($2))
"""

_TAKEN = """
SELECT study.radiology_occurrence_id FROM rcdm.radiology_occurrence study
JOIN rcdm.radiology_occurrence other USING (study_instance_uid)
JOIN rcdm.radiology_hospital hospital ON hospital.radiology_hospital_id = other.radiology_hospital_id
WHERE study.radiology_occurrence_id = ANY($1) AND hospital.text = $2
    AND other.radiology_occurrence_id <> study.radiology_occurrence_id ORDER BY 1 LIMIT 1
"""

_WRITE = """
INSERT INTO rcdm.correction (target, said, radiology_condition_id, filter, reason, corrected_by)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING correction_id
"""

_WRITE_TARGETS = """
INSERT INTO rcdm.correction_target (correction_id, radiology_occurrence_id, series_instance_uid, sop_instance_uid,
    before)
SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::jsonb[])
"""


class Outcome(BaseModel):
    """What a correction changed or, of a dry run, would change."""

    dry_run: bool
    correction_id: int | None = Field(description="Null of a dry run, and when there is nothing to change.")
    found: Counts = Field(description="All that was meant.")
    changed: Counts = Field(description="Of it those that do not say so already.")
    changes: Sequence[Change]


class Undone(BaseModel):
    correction_id: int
    undone_by: str
    undone_at: datetime
    occurrences: int = Field(description="Studies that were computed again.")


async def preview(connection: Connection, wanted: CorrectionRequest, targets: Sequence[Target]) -> Outcome:
    """What would change; nothing does. Raises Conflict for what could not be done."""
    found, parts = await differing_parts(connection, targets, wanted.values.said())
    await _refuse_taken(connection, wanted, parts)
    return _outcome(wanted, found, parts, None)


async def correct(
    connection: Connection, wanted: CorrectionRequest, targets: Sequence[Target], hospitals: Scope, by: str
) -> Outcome:
    """Raises Conflict when a hospital has a study already. What says so already is left alone."""
    said = wanted.values.said()
    seen = await _lock(connection, {one.occurrence_id for one in targets}, hospitals, said.get("hospital"))
    found, parts = await differing_parts(connection, [one for one in targets if one.occurrence_id in seen], said)
    if not parts:
        return _outcome(wanted, found, parts, None)
    await _refuse_taken(connection, wanted, parts)
    correction_id = await _write(connection, wanted, by)
    before = before_of_targets(parts)
    rows = [
        (one.occurrence_id, one.series, one.sop, json.dumps(before[one]))
        for one in sorted(before, key=lambda one: (one.occurrence_id, one.series or "", one.sop or ""))
    ]
    await connection.execute(_WRITE_TARGETS, correction_id, *(list(column) for column in zip(*rows, strict=True)))
    await _settle(connection, [row[0] for row in rows], "hospital" in said)
    return _outcome(wanted, found, parts, correction_id)


async def undo(connection: Connection, correction_id: int, hospitals: Scope, by: str, reason: str) -> Undone:
    """What held before holds again, or what was said after it.

    Raises NotFound also when a study of it is of a hospital that is not seen, Forbidden for a hospital corrected by
    who does not see all, Conflict when it was undone.
    """
    row = await connection.fetchrow(
        "SELECT said, undone_by FROM rcdm.correction WHERE correction_id = $1 FOR UPDATE", correction_id
    )
    targets = await connection.fetch(
        "SELECT DISTINCT radiology_occurrence_id FROM rcdm.correction_target WHERE correction_id = $1", correction_id
    )
    ids = {target[0] for target in targets}
    said = from_json(row["said"]) if row else {}
    seen = await _lock(connection, ids, hospitals, said.get("hospital"))
    if row is None or seen != ids:
        raise NotFound("There is no such correction, or it is about hospitals you do not see.")
    refuse_hospital(said, hospitals)
    if row["undone_by"]:
        raise Conflict(f"{row['undone_by']} has undone this correction already.", correction_id=correction_id)
    undone_at = await connection.fetchval(
        "UPDATE rcdm.correction SET undone_by = $2, undone_at = now(), undone_reason = $3 WHERE correction_id = $1"
        " RETURNING undone_at",
        correction_id, by, reason,
    )  # fmt: skip
    await _settle(connection, sorted(ids), "hospital" in said)
    return Undone(correction_id=correction_id, undone_by=by, undone_at=undone_at, occurrences=len(ids))


def refuse_hospital(said: Any, hospitals: Scope) -> None:
    """Raises Forbidden: who sees some hospitals only moves nothing over the wall."""
    if "hospital" in said and hospitals is not None:
        raise Forbidden("Only a steward of all hospitals corrects the hospital itself.")


async def _lock(connection: Connection, ids: set[int], hospitals: Scope, wanted: str | None) -> set[int]:
    """Those of the studies that are seen; none of them is written or settled by others until the end."""
    names = None if hospitals is None else sorted(hospitals)
    rows = await connection.fetch(_STUDIES, sorted(ids), names)
    places = {(name, row["study_instance_uid"]) for row in rows for name in (row["hospital"], row["said"], wanted)}
    await share_persons(connection)
    await lock_studies(connection, {(name, study) for name, study in places if name})
    # One that was moved while we waited may be behind the wall now.
    return {row["radiology_occurrence_id"] for row in await connection.fetch(_STUDIES, sorted(ids), names)}


async def _refuse_taken(connection: Connection, wanted: CorrectionRequest, parts: Sequence[Part]) -> None:
    hospital = wanted.values.said().get("hospital")
    moving = sorted({part.occurrence_id for part in parts})
    taken = await connection.fetchval(_TAKEN, moving, hospital) if hospital else None
    if taken is not None:
        raise Conflict(
            "That hospital has a study of this UID already; two cannot become one.", radiology_occurrence_id=taken
        )


async def _write(connection: Connection, wanted: CorrectionRequest, by: str) -> int:
    said, condition_id = wanted.values.said(), None
    if condition := wanted.values.condition:
        meant = diagnosis(condition.text, condition.code, condition.vocabulary)
        assert meant is not None, "a diagnosis without text and code was refused"
        condition_id = (await find_conditions(connection, [meant]))[meant.digest]
    chosen = None if wanted.filter is None else wanted.filter.model_dump_json(exclude_defaults=True)
    return int(await connection.fetchval(
        _WRITE, wanted.target, json.dumps(said), condition_id, chosen, wanted.reason, by
    ))  # fmt: skip


async def _settle(connection: Connection, occurrence_ids: Sequence[int], is_moved: bool) -> None:
    ids = sorted(set(occurrence_ids))
    if is_moved:
        await move_between_hospitals(connection, ids)
    for first in range(0, len(ids), _STUDIES_AT_ONCE):
        await settle(connection, ids[first : first + _STUDIES_AT_ONCE])


def _outcome(wanted: CorrectionRequest, found: Counts, parts: Sequence[Part], correction_id: int | None) -> Outcome:
    return Outcome(
        dry_run=wanted.dry_run, correction_id=correction_id, found=found, changed=counted(parts), changes=summary(parts)
    )

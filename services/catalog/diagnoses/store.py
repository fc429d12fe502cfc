"""Diagnoses, the most frequent first, with the names of what they are mapped to, and who mapped each, and when."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from cdm.query.access import Scope
from chassis.db.database import Database
from chassis.errors import NotFound
from chassis.http.paging import Page, read_numbers, write_cursor

Status = Literal["APPROVED", "UNCHECKED", "AUTO_MAPPED", "FLAGGED", "UNMAPPED"]
Equivalence = Literal["EQUAL", "EQUIVALENT", "WIDER", "NARROWER", "INEXACT", "UNMATCHED"]


class Target(BaseModel):
    concept_id: int
    concept_name: str | None = Field(description="Null when the vocabulary in use does not have it.")


class DiagnosisItem(BaseModel):
    """A diagnosis as it was written, and what it is mapped to."""

    radiology_condition_id: int
    source_text: str
    source_code: str
    source_vocabulary_id: str
    occurrences: int = Field(description="Studies that have it, of the hospitals you see.")
    mapping_status: Status
    equivalence: Equivalence
    match_score: float | None
    mapping_method: str | None
    mapped_by: str | None
    mapped_at: datetime | None
    mapping_revision: int = Field(description="Send it back with a change: somebody may have been quicker.")
    targets: Sequence[Target]


_EVERY = """
SELECT said.*, coalesce(counted.occurrences, 0) AS occurrences, ARRAY(
    SELECT json_build_object('concept_id', condition_concept_id, 'concept_name', concept_name)::text
    FROM rcdm.radiology_condition_target target LEFT JOIN cdm.concept ON concept_id = condition_concept_id
    WHERE target.radiology_condition_id = said.radiology_condition_id ORDER BY condition_concept_id) AS targets
FROM rcdm.radiology_condition said LEFT JOIN (
    SELECT radiology_condition_id, count(*)::integer AS occurrences
    FROM rcdm.radiology_occurrence JOIN rcdm.radiology_hospital hospital USING (radiology_hospital_id)
    WHERE $1::text[] IS NULL OR hospital.text = ANY($1) GROUP BY 1
) AS counted USING (radiology_condition_id)
"""

_ITEMS = _EVERY.replace("LEFT JOIN (\n", "JOIN (\n")  # those that a study has


async def list_diagnoses(
    database: Database, hospitals: Scope, statuses: Sequence[Status], limit: int, cursor: str | None
) -> Page[DiagnosisItem]:
    """The most frequent first; those of the hospitals that are seen."""
    before = read_numbers(cursor, 2) if cursor is not None else [None, None]
    condition = "cardinality($2::text[]) = 0 OR mapping_status = ANY($2)"
    rows = await database.pool.fetch(
        f"{_ITEMS} WHERE ({condition}) AND ($3::bigint IS NULL"
        " OR (occurrences, -radiology_condition_id) < ($3::bigint, -$4::bigint))"
        " ORDER BY occurrences DESC, radiology_condition_id LIMIT $5",
        _names(hospitals), list(statuses), *before, limit + 1,
    )  # fmt: skip
    total = await database.pool.fetchval(
        f"SELECT count(*) FROM ({_ITEMS} WHERE {condition}) AS found", _names(hospitals), list(statuses)
    )
    items = [_item(row) for row in rows[:limit]]
    last = items[-1] if len(rows) > limit else None
    following = write_cursor([last.occurrences, last.radiology_condition_id]) if last else None
    return Page(items=items, next=following, total=total)


async def every_diagnosis(database: Database) -> Sequence[DiagnosisItem]:
    """Of all hospitals, also what no study has yet; the most frequent first."""
    rows = await database.pool.fetch(f"{_EVERY} ORDER BY occurrences DESC, radiology_condition_id", None)
    return [_item(row) for row in rows]


async def one_diagnosis(database: Database, hospitals: Scope, condition_id: int) -> DiagnosisItem:
    """Raises NotFound, also for one that no hospital that is seen has."""
    row = await database.pool.fetchrow(f"{_ITEMS} WHERE radiology_condition_id = $2", _names(hospitals), condition_id)
    if row is None:
        raise NotFound("There is no such diagnosis.", radiology_condition_id=condition_id)
    return _item(row)


def _names(hospitals: Scope) -> list[str] | None:
    return None if hospitals is None else sorted(hospitals)


def _item(row: Any) -> DiagnosisItem:
    return DiagnosisItem.model_validate({**row, "targets": [Target.model_validate_json(one) for one in row["targets"]]})


class MappingRecord(BaseModel):
    """One change; `before` and `after` are whole mappings."""

    mapping_revision: int
    changed_by: str
    changed_at: datetime
    before: Mapping[str, Any]
    after: Mapping[str, Any]


async def history_of(database: Database, condition_id: int) -> Sequence[MappingRecord]:
    """The last one first."""
    rows = await database.pool.fetch(
        "SELECT mapping_revision, changed_by, changed_at, before, after FROM rcdm.radiology_condition_change"
        " WHERE radiology_condition_id = $1 ORDER BY mapping_revision DESC",
        condition_id,
    )
    return [
        MappingRecord.model_validate({**row, "before": json.loads(row["before"]), "after": json.loads(row["after"])})
        for row in rows
    ]

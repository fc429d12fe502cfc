"""Who corrected what, when, why, from what to what: a row for each study, series or image of a correction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from pydantic_core import from_json

from cdm.query.access import Scope
from chassis.db.database import Database
from chassis.http.paging import LARGEST_ID, Page, read_number, write_cursor

_CHOSEN = """
FROM rcdm.correction_target target JOIN rcdm.correction correction USING (correction_id)
JOIN rcdm.radiology_occurrence study USING (radiology_occurrence_id)
JOIN rcdm.radiology_hospital hospital USING (radiology_hospital_id)
WHERE ($1::text[] IS NULL OR hospital.text = ANY($1)) AND ($2::bigint IS NULL OR radiology_occurrence_id = $2)
    AND ($3::bigint IS NULL OR correction_id = $3) AND ($4::text IS NULL OR series_instance_uid = $4)
"""


class CorrectionItem(BaseModel):
    """One target of a correction."""

    correction_id: int
    radiology_occurrence_id: int
    series_instance_uid: str | None = Field(description="Null: the whole study.")
    sop_instance_uid: str | None = Field(description="Null: the whole series or study.")
    before: Mapping[str, Any] = Field(description="Of a study its value; of images how many had each value.")
    after: Mapping[str, Any]
    reason: str
    corrected_by: str
    corrected_at: datetime
    undone_by: str | None
    undone_at: datetime | None
    undone_reason: str | None


async def list_corrections(
    database: Database,
    hospitals: Scope,
    occurrence_id: int | None,
    correction_id: int | None,
    series: str | None,
    limit: int,
    cursor: str | None,
) -> Page[CorrectionItem]:
    """The last one first; those of the hospitals that are seen."""
    names = None if hospitals is None else sorted(hospitals)
    chosen = (names, occurrence_id, correction_id, series)
    before = read_number(cursor, LARGEST_ID)
    rows = await database.pool.fetch(
        f"SELECT correction.*, target.* {_CHOSEN} AND correction_target_id < $5::bigint"
        " ORDER BY correction_target_id DESC LIMIT $6",
        *chosen, before, limit + 1,
    )  # fmt: skip
    total = await database.pool.fetchval(f"SELECT count(*) {_CHOSEN}", *chosen)
    following = write_cursor([rows[limit - 1]["correction_target_id"]]) if len(rows) > limit else None
    return Page(items=[_item(row) for row in rows[:limit]], next=following, total=total)


def _item(row: Any) -> CorrectionItem:
    before, said = from_json(row["before"]), from_json(row["said"])
    after = {field: value for field, value in said.items() if field in before}
    return CorrectionItem.model_validate({**row, "before": before, "after": after})

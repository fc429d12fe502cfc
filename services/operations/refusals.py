"""Files that were not taken, newest upload first. Their names stay with who sent them: a name may be a patient's."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from chassis.database import Database


class Refusal(BaseModel):
    upload_id: UUID
    number: int
    at: datetime
    hospital: str
    code: str
    detail: str
    bytes: int


async def refusals(
    database: Database, code: str | None, before: tuple[UUID, int] | None, limit: int
) -> tuple[list[Refusal], int]:
    """At most `limit` that come after the place `before`, and how many there are in all."""
    upload_id, number = before or (None, None)
    rows = await database.pool.fetch(
        "SELECT upload_id, number, created_at AS at, hospital, coalesce(reason_code, '') AS code,"
        " coalesce(reason_detail, '') AS detail, bytes"
        " FROM ingest.upload_file JOIN ingest.upload USING (upload_id)"
        " WHERE outcome = 'refused' AND ($1::text IS NULL OR reason_code = $1)"
        " AND ($2::uuid IS NULL OR (upload_id, number) < ($2, $3)) ORDER BY upload_id DESC, number DESC LIMIT $4",
        code, upload_id, number, limit,
    )  # fmt: skip
    total = await database.pool.fetchval(
        "SELECT count(*) FROM ingest.upload_file WHERE outcome = 'refused' AND ($1::text IS NULL OR reason_code = $1)",
        code,
    )
    return [Refusal(**row) for row in rows], total

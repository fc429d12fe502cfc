"""How far an upload is: its counts, its files, and all uploads."""

from collections.abc import Callable
from operator import index
from typing import Any
from uuid import UUID

import asyncpg

from chassis.errors import NotFound
from chassis.http.paging import Page, bad_cursor, read_cursor, write_cursor
from services.ingest.http.models import FileAnswer, Progress, ReasonAnswer
from services.ingest.ledger import SEEN, Pool, Sight, find_upload
from services.ingest.outcomes import OutcomeKind


async def progress_of(pool: Pool, upload_id: UUID, sight: Sight) -> Progress:
    """Raises NotFound."""
    row = await pool.fetchrow(f"{_COUNTS} WHERE {SEEN} AND upload_id = $3", *sight.parameters, upload_id)
    if row is None:
        raise NotFound("There is no such upload.", upload_id=str(upload_id))
    return _progress(row)


async def uploads_page(pool: Pool, sight: Sight, limit: int, cursor: str | None) -> Page[Progress]:
    """Newest first: an upload's id sorts by the time it was made."""
    before = _read(cursor, UUID)
    rows = await pool.fetch(
        f"{_COUNTS} WHERE {SEEN} AND ($3::uuid IS NULL OR upload_id < $3) ORDER BY upload_id DESC LIMIT $4",
        *sight.parameters, before, limit + 1,
    )  # fmt: skip
    total = await pool.fetchval(f"SELECT count(*) FROM ingest.upload WHERE {SEEN}", *sight.parameters)
    return Page(items=[_progress(row) for row in rows[:limit]], next=_next(rows, limit, "upload_id"), total=total)


async def files_page(
    pool: Pool, upload_id: UUID, sight: Sight, outcome: OutcomeKind | None, limit: int, cursor: str | None
) -> Page[FileAnswer]:
    """In the order received. Raises NotFound."""
    if await find_upload(pool, upload_id, sight) is None:
        raise NotFound("There is no such upload.", upload_id=str(upload_id))
    after = _read(cursor, index) or 0
    rows = await pool.fetch(
        "SELECT * FROM ingest.upload_file WHERE upload_id = $1 AND ($2::text IS NULL OR outcome = $2) AND number > $3"
        " ORDER BY number LIMIT $4",
        upload_id, outcome, after, limit + 1,
    )  # fmt: skip
    total = await pool.fetchval(
        "SELECT count(*) FROM ingest.upload_file WHERE upload_id = $1 AND ($2::text IS NULL OR outcome = $2)",
        upload_id, outcome,
    )  # fmt: skip
    return Page(items=[_file(row) for row in rows[:limit]], next=_next(rows, limit, "number"), total=total)


_COUNTS = """
SELECT upload_id, created_at, hospital, received, stored, duplicate, refused, extracted, no_picture,
    catalogued, failed, pending, taken - kept AS deleted
FROM ingest.upload,
LATERAL (
    SELECT count(*) AS received,
        count(*) FILTER (WHERE outcome = 'stored') AS stored,
        count(*) FILTER (WHERE outcome IN ('duplicate', 'same_image')) AS duplicate,
        count(*) FILTER (WHERE outcome = 'refused') AS refused,
        count(DISTINCT sop_instance_uid) FILTER (WHERE outcome <> 'refused') AS taken
    FROM ingest.upload_file file WHERE file.upload_id = upload.upload_id
) files,
LATERAL (
    SELECT count(*) AS kept, count(*) FILTER (WHERE extracted_at IS NOT NULL) AS extracted,
        count(*) FILTER (WHERE extracted_at IS NOT NULL AND no_picture_reason <> '') AS no_picture,
        count(*) FILTER (WHERE catalogued_at IS NOT NULL) AS catalogued,
        count(*) FILTER (WHERE catalogued_at IS NULL AND failed_at IS NOT NULL) AS failed,
        count(*) FILTER (WHERE catalogued_at IS NULL AND failed_at IS NULL) AS pending
    FROM ingest.instance object WHERE object.hospital = upload.hospital AND object.sop_instance_uid IN (
        SELECT sop_instance_uid FROM ingest.upload_file file
        WHERE file.upload_id = upload.upload_id AND outcome <> 'refused')
) objects
"""


def _progress(row: asyncpg.Record) -> Progress:
    return Progress(**row, done=row["pending"] == 0)


def _file(row: asyncpg.Record) -> FileAnswer:
    code = row["reason_code"]
    reason = ReasonAnswer(code=code, detail=row["reason_detail"], offset=row["reason_offset"]) if code else None
    told = {name: row[name] for name in ("name", "outcome", "sop_instance_uid", "sha256", "bytes")}
    return FileAnswer(**told, reason=reason)


def _next(rows: list[asyncpg.Record], limit: int, key: str) -> str | None:
    return write_cursor([rows[limit - 1][key]]) if len(rows) > limit else None


def _read(cursor: str | None, kind: Callable[[Any], Any]) -> Any:
    if cursor is None:
        return None
    try:
        return kind(read_cursor(cursor, 1)[0])
    except (TypeError, ValueError, AttributeError):
        raise bad_cursor() from None

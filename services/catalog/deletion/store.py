"""Deletions as they are read: who deleted what, when and why, and whether its bytes are gone."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from cdm.query.access import Scope
from chassis.db.database import Database
from chassis.http.paging import LARGEST_ID, Page, read_number, write_cursor
from chassis.messaging.topics import Received
from proto.rcdm.v1 import events_pb2 as pb

_CHOSEN = "FROM rcdm.radiology_deletion WHERE ($1::text[] IS NULL OR hospital = ANY($1))"
_PURGED = """
UPDATE rcdm.radiology_deletion SET purged_at = told FROM unnest($1::bigint[], $2::timestamptz[]) AS new (id, told)
WHERE deletion_id = id AND purged_at IS NULL
"""


class Deletion(BaseModel):
    """The tombstone of a study."""

    deletion_id: int
    radiology_occurrence_id: int = Field(description="As it was.")
    study_instance_uid: str
    hospital: str
    images: int
    pictures: int
    bytes: int
    reason: str
    deleted_by: str
    deleted_at: datetime
    purged_at: datetime | None = Field(description="When bytes and pictures were gone; null: not all yet.")
    lifted_reason: str | None
    lifted_by: str | None
    lifted_at: datetime | None = Field(description="From then on the study is taken again.")


COLUMNS = ", ".join(Deletion.model_fields)


async def list_deletions(database: Database, hospitals: Scope, limit: int, cursor: str | None) -> Page[Deletion]:
    """The last one first; those of the hospitals that are seen."""
    names = None if hospitals is None else sorted(hospitals)
    before = read_number(cursor, LARGEST_ID)
    rows = await database.pool.fetch(
        f"SELECT {COLUMNS} {_CHOSEN} AND deletion_id < $2::bigint ORDER BY deletion_id DESC LIMIT $3",
        names, before, limit + 1,
    )  # fmt: skip
    total = await database.pool.fetchval(f"SELECT count(*) {_CHOSEN}", names)
    following = write_cursor([rows[limit - 1]["deletion_id"]]) if len(rows) > limit else None
    return Page(items=[deletion_of(row) for row in rows[:limit]], next=following, total=total)


def deletion_of(row: Any) -> Deletion:
    return Deletion.model_validate({name: row[name] for name in Deletion.model_fields})


async def mark_purged(database: Database, batch: Sequence[Received[pb.OccurrencePurged]]) -> None:
    """Bytes and pictures are gone; said again it changes nothing."""
    told = {one.message.deletion_id: one.message.purged_at.ToDatetime(UTC) for one in batch}
    await database.pool.execute(_PURGED, list(told), list(told.values()))

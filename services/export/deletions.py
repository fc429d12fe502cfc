"""Which versions hold pictures of a study, and the marks of those whose pictures were deleted."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from cdm.query.access import Scope
from chassis.db.database import Database
from chassis.http.paging import LARGEST_ID, Page, read_number, write_cursor
from chassis.messaging.topics import Received
from proto.rcdm.v1 import events_pb2 as pb
from services.export.build.files import BuildFailed
from services.export.versions import StoredVersion, seen

# Taken alone by who writes down a deletion, shared by a build that begins: one of the two sees the other.
_LOCK = 7_263_201

_WRITE = """
INSERT INTO export.deleted_image (image_id, study_instance_uid, deletion_id)
SELECT image_id, $2, $3 FROM unnest($1::bigint[]) AS image_id ON CONFLICT DO NOTHING
"""

_MARK = """
UPDATE export.version SET deleted = found.pictures FROM (
    SELECT version_id, count(*) AS pictures FROM export.member JOIN export.deleted_image USING (image_id)
    WHERE version_id IN (SELECT version_id FROM export.member WHERE study_instance_uid = ANY($1))
    GROUP BY version_id
) AS found WHERE version.version_id = found.version_id
"""

_COUNT = """
UPDATE export.version SET deleted = (
    SELECT count(*) FROM export.member JOIN export.deleted_image USING (image_id) WHERE version_id = $1)
WHERE version_id = $1 RETURNING deleted
"""

_HOLDING = f"""
SELECT version.version_id, name, version, version.state, version.created_at, count(*) AS pictures,
    count(deleted_image.image_id) AS deleted
FROM export.member JOIN export.version USING (version_id) LEFT JOIN export.deleted_image USING (image_id)
WHERE member.study_instance_uid = $2 AND ($3::text IS NULL OR member.hospital = $3) AND {seen(1)}
    AND version.version_id < $4
GROUP BY version.version_id ORDER BY version.version_id DESC LIMIT $5
"""

_HOLDERS = f"""
SELECT count(DISTINCT version_id) FROM export.member JOIN export.version USING (version_id)
WHERE member.study_instance_uid = $2 AND ($3::text IS NULL OR member.hospital = $3) AND {seen(1)}
"""


class Holder(BaseModel):
    """A version that holds pictures of a study."""

    name: str
    version: str
    state: str
    created_at: datetime
    pictures: int = Field(description="Of this study.")
    deleted: int = Field(description="Of those, how many were deleted since.")


async def note_deletions(
    database: Database, sweep: Callable[[], None], batch: Sequence[Received[pb.OccurrenceDeleted]]
) -> None:
    """Versions that hold deleted images are marked, and files made of them swept; told again, nothing changes."""
    async with database.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        for message in (one.message for one in batch):
            deleted = list(message.image_ids), message.study_instance_uid, message.deletion_id
            await connection.execute(_WRITE, *deleted)
        await connection.execute(_MARK, sorted({one.message.study_instance_uid for one in batch}))
    sweep()


async def refuse_deleted(database: Database, version: StoredVersion) -> None:
    """At the start of a build: what was deleted since the version was frozen. Raises BuildFailed."""
    async with database.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", _LOCK)
        deleted = await connection.fetchval(_COUNT, version.version_id)
    if deleted:
        raise BuildFailed(f"{deleted} of its pictures were deleted meanwhile; freeze the query again.")


async def list_holders(
    database: Database, study_uid: str, hospital: str | None, hospitals: Scope, limit: int, cursor: str | None
) -> Page[Holder]:
    """The newest version first; those that may be seen."""
    before = read_number(cursor, LARGEST_ID)
    chosen = (None if hospitals is None else sorted(hospitals), study_uid, hospital)
    rows = await database.pool.fetch(_HOLDING, *chosen, before, limit + 1)
    total = await database.pool.fetchval(_HOLDERS, *chosen)
    following = write_cursor([rows[limit - 1]["version_id"]]) if len(rows) > limit else None
    items = [Holder.model_validate({name: row[name] for name in Holder.model_fields}) for row in rows[:limit]]
    return Page(items=items, next=following, total=total)

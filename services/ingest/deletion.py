"""Which studies were deleted: the door takes nothing of them until that is lifted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

from chassis.messaging.topics import Received
from proto.rcdm.v1 import events_pb2 as pb
from services.ingest.ledger import Connection, Pool
from services.ingest.outcomes import Reason, ReasonCode, Secured

# Shared by all who write rows, taken alone by who writes a tombstone: what comes after it sees it.
_LOCK = 7_263_101

_STANDING = """
SELECT DISTINCT study_instance_uid FROM ingest.deleted_study
WHERE hospital = $1 AND study_instance_uid = ANY($2) AND lifted_at IS NULL
"""

# Told again, also after it was lifted, it changes nothing.
_NOTE = """
INSERT INTO ingest.deleted_study (deletion_id, hospital, study_instance_uid, deleted_at, lifted_at)
SELECT $1, hospital, $3, $4, $5 FROM unnest($2::text[]) AS hospital
ON CONFLICT (deletion_id, hospital) DO UPDATE SET lifted_at = excluded.lifted_at
    WHERE deleted_study.lifted_at IS NULL AND excluded.lifted_at IS NOT NULL
"""

# Drawn by an extraction that was done twice, after the first one's pictures were removed.
_LATE = """
INSERT INTO ingest.purge_blob (sha256, deletion_id)
SELECT DISTINCT ON (digest) digest, deletion_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS news (hospital, study, sop, digest)
JOIN ingest.deleted_study dead ON dead.hospital = news.hospital AND study_instance_uid = study
WHERE NOT EXISTS (SELECT FROM ingest.instance object
                  WHERE object.hospital = news.hospital AND object.sop_instance_uid = sop)
ORDER BY digest ON CONFLICT DO NOTHING
"""

_DELETED = Reason(
    ReasonCode.STUDY_DELETED, "The study was deleted here; a steward can lift the deletion: rcdm deletions lift."
)


async def standing(connection: Connection, hospital: str, files: Sequence[Secured]) -> list[Secured]:
    """The files, those of deleted studies refused. No study is deleted until the transaction ends."""
    studies = sorted({file.header.study_instance_uid for file in files if file.header and file.reason is None})
    if not studies:
        return list(files)
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", _LOCK)
    deleted = {row[0] for row in await connection.fetch(_STANDING, hospital, studies)}
    return [_refused(file) if _is_of(file, deleted) else file for file in files] if deleted else list(files)


async def note_deletions(pool: Pool, batch: Sequence[Received[pb.OccurrenceDeleted]]) -> None:
    """Deleted, or lifted, in the order told."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        for message in (one.message for one in batch):
            lifted_at = message.lifted_at.ToDatetime(UTC) if message.HasField("lifted_at") else None
            await connection.execute(
                _NOTE, message.deletion_id, list(message.hospitals), message.study_instance_uid,
                message.deleted_at.ToDatetime(UTC), lifted_at,
            )  # fmt: skip


async def note_late_pictures(pool: Pool, instances: Sequence[pb.Instance]) -> None:
    """Of objects that are gone, what was drawn since is to go, too."""
    told = sorted({(one.hospital, one.study_instance_uid, one.sop_instance_uid, one.sha256) for one in instances})
    await pool.execute(_LATE, *(list(column) for column in zip(*told, strict=True)))


def _is_of(file: Secured, studies: set[str]) -> bool:
    return file.reason is None and file.header is not None and file.header.study_instance_uid in studies


def _refused(file: Secured) -> Secured:
    return replace(file, reason=_DELETED)

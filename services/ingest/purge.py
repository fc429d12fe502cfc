"""What is left of deleted studies goes: ledger rows, then the blobs nobody else needs, then word that all is gone.

What is still under way to extract is left until extract has told of it: nothing is drawn of bytes that are gone. Every
step stands in the tables, so a purge that was killed goes on.
"""

from chassis.aio import Rounds, gather_bounded
from chassis.blobs.keys import RENDERERS, dicom_key, extraction_key, png_key, png_prefix
from chassis.db.database import Database
from chassis.errors import BlobMissing
from chassis.messaging.outbox import Outbox
from chassis.messaging.ports import BlobStore
from chassis.messaging.topics import OCCURRENCE_PURGED, timestamp
from chassis.telemetry.metrics import log
from proto.rcdm.v1 import events_pb2 as pb

PURGE_SECONDS = 30.0
_ROWS, _DIGESTS = 500, 50  # in one transaction; while blobs go, uploads wait
_AT_ONCE = 8
_FRAMES_LOOKED_FOR = 16  # pictures are put in order, but a few at once: more than these are never missing in between

_FORGET_ROWS = """
WITH done AS (
    SELECT object.hospital, object.sop_instance_uid, object.sha256, dead.deletion_id
    FROM ingest.deleted_study dead JOIN ingest.instance object
        ON object.study_instance_uid = dead.study_instance_uid AND object.hospital = dead.hospital
    WHERE dead.purged_at IS NULL AND dead.lifted_at IS NULL
        AND (object.extracted_at IS NOT NULL OR object.failed_at IS NOT NULL)
    ORDER BY object.hospital, object.sop_instance_uid LIMIT $1 FOR UPDATE OF object SKIP LOCKED
), forgotten AS (
    DELETE FROM ingest.instance object USING done
    WHERE object.hospital = done.hospital AND object.sop_instance_uid = done.sop_instance_uid
    RETURNING object.hospital, object.sha256, deletion_id
), noted AS (
    INSERT INTO ingest.purge_blob (sha256, deletion_id)
    SELECT sha256, min(deletion_id) FROM forgotten GROUP BY sha256 ORDER BY sha256 ON CONFLICT DO NOTHING
), counted AS (
    UPDATE ingest.deleted_study dead SET objects = objects + gone
    FROM (SELECT deletion_id, hospital, count(*) AS gone FROM forgotten GROUP BY 1, 2) AS new
    WHERE dead.deletion_id = new.deletion_id AND dead.hospital = new.hospital
)
SELECT count(*) FROM forgotten
"""

# What somebody is sending right now waits for the outcome of that.
_NEXT = """
SELECT sha256, EXISTS (SELECT FROM ingest.instance kept WHERE kept.sha256 = purge.sha256) AS needed
FROM ingest.purge_blob purge
WHERE NOT EXISTS (SELECT FROM ingest.pending_blob note WHERE note.sha256 = purge.sha256)
ORDER BY sha256 LIMIT $1 FOR UPDATE SKIP LOCKED
"""

_FINISH = """
UPDATE ingest.deleted_study dead SET purged_at = now()
WHERE purged_at IS NULL AND lifted_at IS NULL
    AND NOT EXISTS (SELECT FROM ingest.purge_blob purge WHERE purge.deletion_id = dead.deletion_id)
    AND NOT EXISTS (SELECT FROM ingest.instance object
                    WHERE object.study_instance_uid = dead.study_instance_uid AND object.hospital = dead.hospital)
RETURNING deletion_id
"""

_FINISHED = """
SELECT deletion_id, min(study_instance_uid) AS study, sum(objects)::bigint AS objects, max(purged_at) AS purged_at
FROM ingest.deleted_study WHERE deletion_id = ANY($1)
GROUP BY deletion_id HAVING bool_and(purged_at IS NOT NULL) ORDER BY deletion_id
"""


class Purger:
    """Several processes may have one each; they take different rows."""

    def __init__(self, database: Database, blobs: BlobStore, outbox: Outbox) -> None:
        self._database, self._blobs, self._outbox = database, blobs, outbox
        self._rounds = Rounds("ingest", "purge", PURGE_SECONDS, self.purge)
        self.wake, self.run = self._rounds.wake, self._rounds.run

    async def purge(self) -> int:
        """All that can go now; the number of deletions of which nothing is left."""
        while await self._database.pool.fetchval(_FORGET_ROWS, _ROWS) == _ROWS:
            pass
        while await self._remove_blobs() == _DIGESTS:
            pass
        finished = await self._finish()
        if finished:
            log.info("purged", service="ingest", deletions=finished)
        return finished

    async def _remove_blobs(self) -> int:
        if not await self._database.pool.fetchval("SELECT EXISTS (SELECT FROM ingest.purge_blob)"):
            return 0  # without a lock that uploads would wait for
        async with self._database.pool.acquire() as connection, connection.transaction():
            # Nobody can note bytes while we look: what is unreferenced now stays so until it is gone.
            await connection.execute("LOCK TABLE ingest.pending_blob IN EXCLUSIVE MODE")
            rows = await connection.fetch(_NEXT, _DIGESTS)
            await gather_bounded(_AT_ONCE, self._remove, [row["sha256"] for row in rows if not row["needed"]])
            gone = [row["sha256"] for row in rows]
            await connection.execute("DELETE FROM ingest.purge_blob WHERE sha256 = ANY($1)", gone)
            return len(rows)

    async def _remove(self, sha256: str) -> None:
        """Pictures first: whoever still knows the digest must not find pictures without their object."""
        for renderer in RENDERERS:
            await self._remove_pictures(png_prefix(sha256, renderer))
        await self._blobs.delete(extraction_key(sha256))
        await self._blobs.delete(dicom_key(sha256))

    async def _remove_pictures(self, prefix: str) -> None:
        first = 1
        while any(await gather_bounded(_AT_ONCE, self._remove_picture, _keys(prefix, first))):
            first += _FRAMES_LOOKED_FOR

    async def _remove_picture(self, key: str) -> bool:
        try:
            await self._blobs.size(key)
        except BlobMissing:
            return False
        await self._blobs.delete(key)
        return True

    async def _finish(self) -> int:
        async with self._database.pool.acquire() as connection, connection.transaction():
            ids = sorted({row["deletion_id"] for row in await connection.fetch(_FINISH)})
            rows = await connection.fetch(_FINISHED, ids) if ids else []
            for row in rows:
                message = pb.OccurrencePurged(
                    deletion_id=row["deletion_id"], objects=row["objects"], purged_at=timestamp(row["purged_at"])
                )
                event = OCCURRENCE_PURGED.event(row["study"], message)
                await self._outbox.write(connection, OCCURRENCE_PURGED.name, [event])
        if rows:
            self._outbox.wake()
        return len(rows)


def _keys(prefix: str, first: int) -> list[str]:
    return [png_key(prefix, frame) for frame in range(first, first + _FRAMES_LOOKED_FOR)]

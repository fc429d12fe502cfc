"""What became of an instance after the door, as the others tell it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from chassis.errors import BadRequest
from chassis.ports import Record
from chassis.topics import INSTANCE_EXTRACTED, INSTANCE_RECEIVED, Received
from proto.rcdm.v1 import events_pb2 as pb
from services.ingest.deleted_studies import note_late_pictures
from services.ingest.ledger import Pool

EXTRACT, CATALOG = "extract", "catalog"


async def mark_extracted(pool: Pool, batch: Sequence[Received[pb.InstanceExtracted]]) -> None:
    """Tags are read; an earlier failure to read them no longer counts."""
    told = {_key(one.message.instance): one.message.no_picture_reason for one in batch}
    await pool.execute(_EXTRACTED, *_columns(told), list(told.values()), EXTRACT)
    await note_late_pictures(pool, [one.message.instance for one in batch])


async def mark_catalogued(pool: Pool, batch: Sequence[Received[pb.OccurrenceChanged]]) -> None:
    """The objects can be searched; no earlier failure counts any more."""
    told = sorted({(one.message.hospital, uid) for one in batch for uid in one.message.sop_instance_uids})
    await pool.execute(_CATALOGUED, [hospital for hospital, _ in told], [uid for _, uid in told])


async def mark_failed(pool: Pool, group: str, records: Sequence[Record]) -> None:
    """What a group buried. A record that is not about an instance is somebody else's to explain."""
    told = {}
    for record in records:
        if instance := _buried_instance(record):
            told[_key(instance)] = record.headers.get("dead-reason", "")
    if told:
        await pool.execute(_FAILED, *_columns(told), list(told.values()), group, datetime.now(UTC))


def _buried_instance(record: Record) -> pb.Instance | None:
    for topic in (INSTANCE_RECEIVED, INSTANCE_EXTRACTED):
        if record.headers.get("dead-topic") == topic.name:
            try:
                return topic.decode(record).message.instance
            except BadRequest:
                return None
    return None


def _key(instance: pb.Instance) -> tuple[str, str, str]:
    return instance.hospital, instance.sop_instance_uid, instance.sha256


def _columns(told: dict[tuple[str, str, str], str]) -> list[list[str]]:
    return [list(column) for column in zip(*told, strict=True)] or [[], [], []]


# Rows are locked in one order: two handlers that touch the same rows never wait for each other in a circle.
# The digest guards against news of other bytes under the same UID, which the door refused.
_BY_DIGEST = """
WITH told AS (
    SELECT object.hospital, object.sop_instance_uid, word FROM ingest.instance object
    JOIN unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS news (hospital, sop, digest, word)
        ON object.hospital = news.hospital AND object.sop_instance_uid = sop AND object.sha256 = digest
    ORDER BY object.hospital, object.sop_instance_uid FOR NO KEY UPDATE OF object
)
"""

_EXTRACTED = (
    _BY_DIGEST
    + """
UPDATE ingest.instance object SET
    extracted_at = coalesce(extracted_at, clock_timestamp()),
    no_picture_reason = word,
    failed_at = CASE WHEN failed_by = $5 THEN NULL ELSE failed_at END,
    failed_reason = CASE WHEN failed_by = $5 THEN '' ELSE failed_reason END,
    failed_by = CASE WHEN failed_by = $5 THEN '' ELSE failed_by END
FROM told WHERE object.hospital = told.hospital AND object.sop_instance_uid = told.sop_instance_uid"""
)

_CATALOGUED = """
WITH told AS (
    SELECT object.hospital, object.sop_instance_uid FROM ingest.instance object
    JOIN unnest($1::text[], $2::text[]) AS news (hospital, sop)
        ON object.hospital = news.hospital AND object.sop_instance_uid = sop
    ORDER BY object.hospital, object.sop_instance_uid FOR NO KEY UPDATE OF object
)
UPDATE ingest.instance object SET
    catalogued_at = coalesce(catalogued_at, clock_timestamp()), failed_at = NULL, failed_by = '', failed_reason = ''
FROM told WHERE object.hospital = told.hospital AND object.sop_instance_uid = told.sop_instance_uid"""

# Said twice, or after it went well at last, a burial changes nothing.
_FAILED = (
    _BY_DIGEST
    + """
UPDATE ingest.instance object SET failed_at = coalesce(failed_at, $6), failed_by = $5, failed_reason = word
FROM told WHERE object.hospital = told.hospital AND object.sop_instance_uid = told.sop_instance_uid
    AND catalogued_at IS NULL AND ($5 <> 'extract' OR extracted_at IS NULL)"""
)

"""Events of ingest: objects received and files refused; what became of them; and announcing again what was lost."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Query
from pydantic import BaseModel

from chassis.auth.access import Role, may
from chassis.blobs.keys import dicom_key
from chassis.db.database import Database
from chassis.http.app import router
from chassis.messaging.outbox import Outbox
from chassis.messaging.ports import Event, Record
from chassis.messaging.topics import INSTANCE_RECEIVED, INSTANCE_REFUSED, Received, instance_of_dead_letter, timestamp
from proto.rcdm.v1 import events_pb2 as pb
from services.ingest.deletion import note_late_pictures
from services.ingest.ledger import Pool, Upload
from services.ingest.outcomes import Outcome, OutcomeKind

EXTRACT, CATALOG = "extract", "catalog"

_PAGE = 500
_INSTANCE = tuple(field.name for field in pb.Instance.DESCRIPTOR.fields)
_UPLOAD = ("upload_id", "hospital", "diagnosis", "diagnosis_code", "vocabulary")


def announcements(upload: Upload, now: datetime, outcomes: Sequence[Outcome]) -> dict[str, list[Event]]:
    """Events by topic; duplicates are nobody's news."""
    stored = [received(upload, now, _instance(upload, o)) for o in outcomes if o.kind is OutcomeKind.STORED]
    refused = [_refused(upload, now, o) for o in outcomes if o.kind is OutcomeKind.REFUSED]
    return {INSTANCE_RECEIVED.name: stored, INSTANCE_REFUSED.name: refused}


def received(upload: Upload, now: datetime, instance: pb.Instance) -> Event:
    """The event of one stored object; said again it means the same."""
    message = pb.InstanceReceived(
        instance=instance,
        received_at=timestamp(now),
        upload_id=str(upload.upload_id),
        diagnosis=pb.Diagnosis(text=upload.diagnosis, code=upload.diagnosis_code, vocabulary=upload.vocabulary),
    )
    return INSTANCE_RECEIVED.event(instance.study_instance_uid, message)


def _instance(upload: Upload, outcome: Outcome) -> pb.Instance:
    header = outcome.header
    assert header is not None
    assert outcome.sha256 is not None
    return pb.Instance(
        hospital=upload.hospital,
        study_instance_uid=header.study_instance_uid,
        series_instance_uid=header.series_instance_uid,
        sop_instance_uid=header.sop_instance_uid,
        sop_class_uid=header.sop_class_uid,
        transfer_syntax_uid=header.transfer_syntax_uid,
        sha256=outcome.sha256,
        size=outcome.bytes,
        blob_key=dicom_key(outcome.sha256),
        assigned_uids=header.assigned,
    )


def _refused(upload: Upload, now: datetime, outcome: Outcome) -> Event:
    message = pb.InstanceRefused(
        upload_id=str(upload.upload_id),
        hospital=upload.hospital,
        sop_instance_uid=outcome.sop_instance_uid or "",
        sha256=outcome.sha256 or "",
        reason=outcome.reason.code.value if outcome.reason else "",
        refused_at=timestamp(now),
    )
    return INSTANCE_REFUSED.event(
        outcome.header.study_instance_uid if outcome.header else str(upload.upload_id), message
    )


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
        if instance := instance_of_dead_letter(record):
            told[_key(instance)] = record.headers.get("dead-reason", "")
    if told:
        await pool.execute(_FAILED, *_columns(told), list(told.values()), group, datetime.now(UTC))


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

_UNHEARD = """
SELECT hospital, study_instance_uid, series_instance_uid, sop_instance_uid, sop_class_uid, transfer_syntax_uid, sha256,
       bytes AS size, blob_key, assigned_uids, received_at, upload_id, diagnosis, diagnosis_code, vocabulary
FROM ingest.instance JOIN ingest.upload USING (upload_id, hospital)
WHERE catalogued_at IS NULL AND failed_at IS NULL
  AND greatest(received_at, extracted_at) < clock_timestamp() - $1 * interval '1 minute'
  AND (hospital, sop_instance_uid) > ($2, $3)
ORDER BY hospital, sop_instance_uid LIMIT $4
"""


class Republished(BaseModel):
    """How many stored objects were announced again."""

    republished: int


def republish_routes(database: Database, outbox: Outbox) -> APIRouter:
    routes = router("/api/v1/uploads", "operators")

    @routes.post("/republish", status_code=202, summary="Announce unsettled objects again")
    @may(Role.OPERATOR, everywhere=True)
    async def again(minutes: Annotated[int, Query(ge=0, le=100_000)] = 10) -> Republished:
        """Stored, neither catalogued nor failed, and nothing heard of for so many minutes: announced once more.

        What is under way after all is only done twice, with the same outcome.
        """
        return Republished(republished=await republish(database, outbox, minutes))

    return routes


async def republish(database: Database, outbox: Outbox, minutes: int) -> int:
    """Every object's event is in the outbox when it returns; each page is one transaction."""
    count, place = 0, ("", "")
    while True:
        async with database.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(_UNHEARD, minutes, *place, _PAGE)
            await outbox.write(connection, INSTANCE_RECEIVED.name, [_event(row) for row in rows])
        outbox.wake()
        count += len(rows)
        if len(rows) < _PAGE:
            return count
        place = rows[-1]["hospital"], rows[-1]["sop_instance_uid"]


def _event(row: asyncpg.Record) -> Event:
    upload = Upload(**{name: row[name] for name in _UPLOAD})
    instance = {name: row[name] for name in _INSTANCE} | {"assigned_uids": json.loads(row["assigned_uids"])}
    return received(upload, row["received_at"], pb.Instance(**instance))

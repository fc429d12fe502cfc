"""Images that wait to be read again are announced to extract a few at a time, while nobody else waits for it.

What is under way stands in a table beside what waits, so a process that was killed loses nothing: an announcement that
nobody answered is made once more.
"""

import json
from functools import partial
from typing import Any

from chassis.aio import Rounds
from chassis.messaging.outbox import Outbox
from chassis.messaging.ports import Event
from chassis.messaging.topics import INSTANCE_EXTRACTED, INSTANCE_RECEIVED, timestamp
from chassis.service import Home
from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.db import Connection

_EVERY_SECONDS = 1.0
_PAGE = 200
# With more than this before extract, whoever uploads now would wait for us.
_MOST_BEFORE_US = 64
_SILENT_MINUTES, _MOST_TRIES = 10, 3
EXTRACT, CATALOG = "extract", "catalog"

_NEXT = """
UPDATE rcdm.reextraction_image waiting SET sent_at = clock_timestamp(), tries = tries + 1
WHERE image_id IN (SELECT image_id FROM rcdm.reextraction_image WHERE sent_at IS NULL ORDER BY image_id LIMIT $1
                   FOR UPDATE SKIP LOCKED)
RETURNING image_id
"""
_IMAGES = """
SELECT coalesce(said.text, hospital.text) AS hospital, study_instance_uid, series_instance_uid, sop_instance_uid,
    sop_class_uid, transfer_syntax_uid, image_sha256 AS sha256, image_bytes AS size, image_filepath AS blob_key,
    assigned_uids, received_at, source_text, source_code, source_vocabulary_id
FROM rcdm.radiology_image image JOIN rcdm.radiology_occurrence study USING (radiology_occurrence_id)
JOIN rcdm.radiology_hospital hospital ON hospital.radiology_hospital_id = image.radiology_hospital_id
LEFT JOIN rcdm.radiology_hospital said ON said.radiology_hospital_id = image.said_hospital_id
LEFT JOIN rcdm.radiology_condition condition ON condition.radiology_condition_id = image.radiology_condition_id
WHERE image_id = ANY($1) ORDER BY image_id
"""
# Nothing is on its way and nobody answered: the log lost it. What was lost three times is told as failed.
_SILENT = """
WITH silent AS (
    SELECT image_id, reextraction_id, tries FROM rcdm.reextraction_image
    WHERE sent_at < clock_timestamp() - $1 * interval '1 minute' FOR UPDATE SKIP LOCKED
), again AS (
    UPDATE rcdm.reextraction_image waiting SET sent_at = NULL FROM silent
    WHERE waiting.image_id = silent.image_id AND silent.tries < $2
), lost AS (
    DELETE FROM rcdm.reextraction_image waiting USING silent
    WHERE waiting.image_id = silent.image_id AND silent.tries >= $2 RETURNING waiting.reextraction_id
)
UPDATE rcdm.reextraction request SET failed = failed + counted.images
FROM (SELECT reextraction_id, count(*) AS images FROM lost GROUP BY 1) AS counted
WHERE request.reextraction_id = counted.reextraction_id
"""
_FINISH = """
UPDATE rcdm.reextraction request SET finished_at = clock_timestamp() WHERE finished_at IS NULL
    AND NOT EXISTS (SELECT FROM rcdm.reextraction_image waiting
                    WHERE waiting.reextraction_id = request.reextraction_id)
"""
_INSTANCE = tuple(field.name for field in pb.Instance.DESCRIPTOR.fields)


def reextractor(home: Home, outbox: Outbox) -> Rounds:
    return Rounds("catalog", "reextraction", _EVERY_SECONDS, partial(announce, home, outbox))


async def announce(home: Home, outbox: Outbox) -> int:
    """One page, if extract is idle enough; the number of images announced."""
    pool = home.database.pool
    await pool.execute(_FINISH)
    if not await pool.fetchval("SELECT EXISTS (SELECT FROM rcdm.reextraction_image)"):
        return 0
    if await home.events.lag(INSTANCE_RECEIVED.name, EXTRACT) > _MOST_BEFORE_US:
        return 0
    all_heard = await home.events.lag(INSTANCE_EXTRACTED.name, CATALOG) == 0
    async with pool.acquire() as connection, connection.transaction():
        # One process at a time: each would take extract for idle.
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock(hashtext('reextraction'))"):
            return 0
        if all_heard:
            await connection.execute(_SILENT, _SILENT_MINUTES, _MOST_TRIES)
        sent = await _send(connection, outbox)
    outbox.wake()
    return sent


async def _send(connection: Connection, outbox: Outbox) -> int:
    under_way = await connection.fetchval("SELECT count(*) FROM rcdm.reextraction_image WHERE sent_at IS NOT NULL")
    if under_way > _MOST_BEFORE_US:
        return 0
    ids = [row["image_id"] for row in await connection.fetch(_NEXT, _PAGE)]
    rows = await connection.fetch(_IMAGES, ids)
    await outbox.write(connection, INSTANCE_RECEIVED.name, [_event(row) for row in rows])
    return len(rows)


def _event(row: Any) -> Event:
    instance = {name: row[name] for name in _INSTANCE} | {"assigned_uids": json.loads(row["assigned_uids"])}
    message = pb.InstanceReceived(
        instance=pb.Instance(**instance),
        received_at=timestamp(row["received_at"]),
        diagnosis=pb.Diagnosis(
            text=row["source_text"] or "", code=row["source_code"] or "", vocabulary=row["source_vocabulary_id"] or ""
        ),
        again=True,
    )
    return INSTANCE_RECEIVED.event(row["study_instance_uid"], message)

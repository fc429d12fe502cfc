"""Says again what nobody seems to have heard: for a log that was lost, or kept its events for too short a time."""

import json
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Query
from pydantic import BaseModel

from chassis.auth import Role, may
from chassis.database import Database
from chassis.http import router
from chassis.outbox import Outbox
from chassis.ports import Event
from chassis.topics import INSTANCE_RECEIVED
from proto.rcdm.v1 import events_pb2 as pb
from services.ingest.announce import received
from services.ingest.ledger import Upload

_PAGE = 500
_UNHEARD = """
SELECT hospital, study_instance_uid, series_instance_uid, sop_instance_uid, sop_class_uid, transfer_syntax_uid, sha256,
       bytes AS size, blob_key, assigned_uids, received_at, upload_id, diagnosis, diagnosis_code, vocabulary
FROM ingest.instance JOIN ingest.upload USING (upload_id, hospital)
WHERE catalogued_at IS NULL AND failed_at IS NULL
  AND greatest(received_at, extracted_at) < clock_timestamp() - $1 * interval '1 minute'
  AND (hospital, sop_instance_uid) > ($2, $3)
ORDER BY hospital, sop_instance_uid LIMIT $4
"""
_INSTANCE = tuple(field.name for field in pb.Instance.DESCRIPTOR.fields)
_UPLOAD = ("upload_id", "hospital", "diagnosis", "diagnosis_code", "vocabulary")


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

"""What the catalogue does when images were extracted: rows, their studies settled, and word of it, in one go."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

import asyncpg

from chassis.bounded import gather_bounded
from chassis.errors import BadRequest, NotFound, RcdmError
from chassis.outbox import Outbox
from chassis.ports import BlobStore, Event
from chassis.service import Home, PartlyFailed
from chassis.topics import OCCURRENCE_CHANGED, Received
from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.lookups import Connection
from services.catalog.records import ImageRecord, image_record, read_extraction
from services.catalog.settle import settle
from services.catalog.write import write_images

BATCH_RECORDS = 200
_UIDS_PER_EVENT = 500
_BLOBS_AT_ONCE = 8
_TRIES = 5
_FIRST_PAUSE_SECONDS = 0.05
# Two consumers met in rows that nobody could put in order beforehand, or one waited too long: it does it again.
_MET = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.QueryCanceledError)


async def catalogue(home: Home, outbox: Outbox, received: Sequence[Received[pb.InstanceExtracted]]) -> None:
    """Any number of times, in any order, by any number of consumers: the same tables.

    Raises PartlyFailed for records that cannot be meant, after all others were written.
    """
    extractions = await gather_bounded(_BLOBS_AT_ONCE, lambda one: _extraction(home.blobs, one.message), received)
    # Reading 200 headers takes longer than a request may wait for the loop.
    parsed = await asyncio.to_thread(_parsed, [one.message for one in received], extractions)
    records = [one for one in parsed if isinstance(one, ImageRecord)]
    if records:
        await _write(home, outbox, records)
        outbox.wake()
    failures = {place: one for place, one in enumerate(parsed) if isinstance(one, RcdmError)}
    if failures:
        raise PartlyFailed(failures)


async def _extraction(blobs: BlobStore, message: pb.InstanceExtracted) -> pb.Extraction | RcdmError:
    if not message.extraction_key:
        return message.extraction
    try:
        return read_extraction(await blobs.get(message.extraction_key))
    except (BadRequest, NotFound) as error:
        return error


def _parsed(
    messages: Sequence[pb.InstanceExtracted], extractions: Sequence[pb.Extraction | RcdmError]
) -> list[ImageRecord | RcdmError]:
    return [_record(message, found) for message, found in zip(messages, extractions, strict=True)]


def _record(message: pb.InstanceExtracted, found: pb.Extraction | RcdmError) -> ImageRecord | RcdmError:
    try:
        return found if isinstance(found, RcdmError) else image_record(message, found)
    except RcdmError as error:
        return error


async def _write(home: Home, outbox: Outbox, records: Sequence[ImageRecord]) -> None:
    for attempt in range(_TRIES):
        try:
            async with home.database.pool.acquire() as connection, connection.transaction():
                await _write_once(connection, outbox, records)
            return
        except _MET:
            if attempt == _TRIES - 1:
                raise
        await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2**attempt)


async def _write_once(connection: Connection, outbox: Outbox, records: Sequence[ImageRecord]) -> None:
    occurrences = await write_images(connection, records)
    await settle(connection, occurrences.values())
    changed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for record in records:
        changed[record.study_uid, record.hospital].add(record.sop_uid)
    events = [
        event
        for (study, hospital), uids in sorted(changed.items())
        for event in _events(occurrences[study, hospital], hospital, study, sorted(uids))
    ]
    await outbox.write(connection, OCCURRENCE_CHANGED.name, events)


def _events(occurrence_id: int, hospital: str, study: str, uids: Sequence[str]) -> list[Event]:
    return [
        OCCURRENCE_CHANGED.event(
            study,
            pb.OccurrenceChanged(
                radiology_occurrence_id=occurrence_id,
                hospital=hospital,
                study_instance_uid=study,
                sop_instance_uids=uids[first : first + _UIDS_PER_EVENT],
            ),
        )
        for first in range(0, len(uids), _UIDS_PER_EVENT)
    ]

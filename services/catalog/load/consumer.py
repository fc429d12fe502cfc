"""What the catalogue does when images were extracted: rows, their studies settled, and word of it, in one go."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from chassis.aio import gather_bounded
from chassis.errors import BadRequest, NotFound, RcdmError
from chassis.messaging.outbox import Outbox
from chassis.messaging.ports import BlobStore, Event
from chassis.messaging.topics import OCCURRENCE_CHANGED, Received
from chassis.service import Home, PartlyFailed
from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.db import Connection, in_transaction
from services.catalog.deletion.delete import without_deleted
from services.catalog.load.derive import settle
from services.catalog.load.records import ImageRecord, image_record, read_extraction
from services.catalog.load.write import write_images
from services.catalog.omop.persons import settle_persons, share_persons
from services.catalog.omop.same_person import lock_patients, persons_of, unite_persons
from services.catalog.site_omop.person_map.relink import remove_unseen

BATCH_RECORDS = 500
_UIDS_PER_EVENT = 500
_BLOBS_AT_ONCE = 8


async def catalogue(home: Home, outbox: Outbox, received: Sequence[Received[pb.InstanceExtracted]]) -> None:
    """Any number of times, in any order, by any number of consumers: the same tables.

    Raises PartlyFailed for records that cannot be meant, after all others were written.
    """
    messages = [one.message for one in received]
    apart = await _extractions(home.blobs, {one.extraction_key for one in messages if one.extraction_key})
    # Reading 200 headers takes longer than a request may wait for the loop.
    parsed = await asyncio.to_thread(_parsed, messages, apart)
    records = [one for one in parsed if isinstance(one, ImageRecord)]
    if records:
        await in_transaction(home.database, lambda connection: _write(connection, outbox, records), is_patient=True)
        outbox.wake()
    failures = {place: one for place, one in enumerate(parsed) if isinstance(one, RcdmError)}
    if failures:
        raise PartlyFailed(failures)


async def _extractions(blobs: BlobStore, keys: Collection[str]) -> dict[str, pb.Extraction | RcdmError]:
    """Those too large for an event, by their key."""
    return dict(zip(keys, await gather_bounded(_BLOBS_AT_ONCE, partial(_extraction, blobs), keys), strict=True))


async def _extraction(blobs: BlobStore, key: str) -> pb.Extraction | RcdmError:
    try:
        return read_extraction(await blobs.get(key))
    except (BadRequest, NotFound) as error:
        return error


def _parsed(
    messages: Sequence[pb.InstanceExtracted], apart: Mapping[str, pb.Extraction | RcdmError]
) -> list[ImageRecord | RcdmError]:
    return [_record(message, apart.get(message.extraction_key, message.extraction)) for message in messages]


def _record(message: pb.InstanceExtracted, found: pb.Extraction | RcdmError) -> ImageRecord | RcdmError:
    try:
        return found if isinstance(found, RcdmError) else image_record(message, found)
    except RcdmError as error:
        return error


async def _write(connection: Connection, outbox: Outbox, records: Sequence[ImageRecord]) -> None:
    await share_persons(connection)
    records = await without_deleted(connection, records)
    if not records:
        return
    patients = {one.row["patient_key"] for one in records} - {None}
    await lock_patients(connection, patients)
    before = await persons_of(connection, [one.sop_uid for one in records])
    occurrences = await write_images(connection, records)
    united = await unite_persons(connection, patients)
    await settle(connection, {*occurrences.values(), *united.studies})
    await settle_persons(connection, sorted(united.persons), [], [])
    await remove_unseen(connection, {*before, *united.left})
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

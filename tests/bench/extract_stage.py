"""The extract stage alone: events in the log, blobs in the store, until every picture is stored."""

import asyncio
import hashlib
import time
from pathlib import Path

from chassis.backends import open_home
from chassis.blobs import keys as blob_keys
from chassis.db.migrate import migrate
from chassis.messaging.consumer import react
from chassis.messaging.topics import INSTANCE_RECEIVED
from chassis.settings import Settings
from imaging.dicom.part10 import read_header
from proto.rcdm.v1 import events_pb2 as pb
from services.extract.service import service

_BATCH = 100


async def extract_stage(data: Path, paths: list[Path]) -> float:
    """Seconds from the first event handled to the last committed."""
    settings = Settings(data=data)
    async with open_home(settings) as home:
        await migrate(home.database, [service])
        for start in range(0, len(paths), _BATCH):
            events = []
            for path in paths[start : start + _BATCH]:
                body = path.read_bytes()
                message = _received(body)
                await home.blobs.put(message.instance.blob_key, body)
                events.append(INSTANCE_RECEIVED.event(message.instance.study_instance_uid, message))
            await home.events.append(INSTANCE_RECEIVED.name, events)
        async with service.open(home) as running, asyncio.TaskGroup() as group:
            started = time.monotonic()
            reactions = [
                group.create_task(react(home.events, service.name, reaction, settings.max_attempts))
                for reaction in running.reactions
            ]
            while await home.events.lag(INSTANCE_RECEIVED.name, service.name):
                await asyncio.sleep(0.05)
            seconds = time.monotonic() - started
            for reaction in reactions:
                reaction.cancel()
            return seconds


def _received(body: bytes) -> pb.InstanceReceived:
    header, sha256 = read_header(body), hashlib.sha256(body).hexdigest()
    instance = pb.Instance(
        hospital="BENCH",
        study_instance_uid=header.study_instance_uid,
        series_instance_uid=header.series_instance_uid,
        sop_instance_uid=header.sop_instance_uid,
        sop_class_uid=header.sop_class_uid,
        transfer_syntax_uid=header.transfer_syntax_uid,
        sha256=sha256,
        size=len(body),
        blob_key=blob_keys.dicom_key(sha256),
    )
    return pb.InstanceReceived(instance=instance, upload_id="bench")

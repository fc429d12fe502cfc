"""The service extract alone on a real home: objects are received, and what it stored, announced and buried is read."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from chassis.blobs.keys import dicom_key
from chassis.messaging.consumer import react
from chassis.messaging.ports import Record
from chassis.messaging.topics import INSTANCE_EXTRACTED, INSTANCE_RECEIVED, dead_letters_of
from chassis.service import Home
from imaging.dicom.part10 import read_header
from proto.rcdm.v1 import events_pb2 as pb
from services.extract.service import service
from tests.journey.home import open_journey_home
from tests.waiting import until

_SETTLED_SECONDS = 45


@dataclass(frozen=True)
class Stage:
    """Its home, whether or not the service runs."""

    home: Home

    async def receive(self, *bodies: bytes) -> list[pb.InstanceReceived]:
        """As ingest does: the bytes first, then the event."""
        return [await self.announce(body, received(body)) for body in bodies]

    async def announce(self, body: bytes | None, message: pb.InstanceReceived) -> pb.InstanceReceived:
        if body is not None:
            await self.home.blobs.put(message.instance.blob_key, body)
        event = INSTANCE_RECEIVED.event(message.instance.study_instance_uid, message)
        await self.home.events.append(INSTANCE_RECEIVED.name, [event])
        return message

    async def settled(self) -> None:
        async def is_done() -> bool:
            return await self.home.events.lag(INSTANCE_RECEIVED.name, service.name) == 0

        await until(is_done, _SETTLED_SECONDS, "all objects were handled")

    async def extracted(self) -> dict[str, pb.InstanceExtracted]:
        """By SHA-256 of the object; what came twice must say the same."""
        found: dict[str, pb.InstanceExtracted] = {}
        for record in await self.records(INSTANCE_EXTRACTED.name):
            message = INSTANCE_EXTRACTED.decode(record).message
            same = found.setdefault(message.instance.sha256, message)
            assert same.extraction.picture == message.extraction.picture
        return found

    async def extract(self, body: bytes) -> pb.Extraction:
        """What comes of one object."""
        (message,) = await self.receive(body)
        await self.settled()
        return (await self.extracted())[message.instance.sha256].extraction

    async def buried(self) -> list[Record]:
        return await self.records(dead_letters_of(service.name))

    async def records(self, topic: str) -> list[Record]:
        """All of a topic, by a group of our own."""
        group, found = f"reader-{secrets.token_hex(4)}", list[Record]()

        async def handle(records: Sequence[Record]) -> None:
            found.extend(records)

        async def is_done() -> bool:
            return await self.home.events.lag(topic, group) == 0

        reading = asyncio.create_task(self.home.events.subscribe(topic, group, handle))
        await until(is_done, what="the topic was read")
        await _ended(reading)
        return found

    async def pictures(self) -> dict[str, str]:
        """Digest of every PNG stored, by key."""
        keys = [blob.key async for blob in self.home.blobs.list("png/")]
        return {key: hashlib.sha256(await self.home.blobs.get(key)).hexdigest() for key in keys}


def received(body: bytes, **facts: Any) -> pb.InstanceReceived:
    """The event ingest would write; facts replace what the header says."""
    header, sha256 = read_header(body), hashlib.sha256(body).hexdigest()
    instance: dict[str, Any] = {
        "hospital": "H",
        "study_instance_uid": header.study_instance_uid,
        "series_instance_uid": header.series_instance_uid,
        "sop_instance_uid": header.sop_instance_uid,
        "sop_class_uid": header.sop_class_uid,
        "transfer_syntax_uid": header.transfer_syntax_uid,
        "sha256": sha256,
        "size": len(body),
        "blob_key": dicom_key(sha256),
    }
    return pb.InstanceReceived(instance=pb.Instance(**(instance | facts)), upload_id="u")


@asynccontextmanager
async def open_stage(dsn: str, folder: Path, **settings: Any) -> AsyncIterator[Stage]:
    """A home on that database and folder; the service does not run yet."""
    async with open_journey_home(dsn, folder, **{"extract_processes": 1, **settings}) as home:
        yield Stage(home)


@asynccontextmanager
async def running(stage: Stage) -> AsyncIterator[Stage]:
    """The service at work on its home."""
    async with service.open(stage.home) as opened:
        (reaction,) = opened.reactions
        work = asyncio.create_task(react(stage.home.events, service.name, reaction, max_attempts=2))
        try:
            yield stage
        finally:
            await _ended(work)


def image_workers(of: int | None = None) -> list[psutil.Process]:
    """The image workers a process has at this moment, by default our own process."""
    children = psutil.Process(of).children(recursive=True)
    return [child for child in children if "services.extract.worker" in " ".join(child.cmdline())]


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

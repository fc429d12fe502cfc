"""Bytes become tags and pictures, in image workers with limits; instance.received in, instance.extracted out."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from chassis.messaging.ports import Event
from chassis.messaging.topics import INSTANCE_EXTRACTED, INSTANCE_RECEIVED, Received
from chassis.sandbox.pool import open_pool
from chassis.service import Home, PartlyFailed, Reaction, Running, Service
from chassis.telemetry.tracing import within
from proto.rcdm.v1 import events_pb2 as pb
from services.extract.extractor import Extractor
from services.extract.worker import WORK

_BATCH = 64


@asynccontextmanager
async def open_service(home: Home) -> AsyncIterator[Running]:
    async with open_pool(WORK, home.settings.extract_processes, home.settings) as pool:
        extractor = Extractor(home.blobs, home.keys, pool, home.settings)

        async def one(received: Received[pb.InstanceReceived]) -> Event:
            with within(received.record.headers):
                return INSTANCE_EXTRACTED.event(received.key, await extractor.extract(received.message))

        async def extract(batch: Sequence[Received[pb.InstanceReceived]]) -> None:
            """Announces what could be extracted, in the order received, and only then tells what could not."""
            outcomes = await asyncio.gather(*(one(received) for received in batch), return_exceptions=True)
            failures = {place: outcome for place, outcome in enumerate(outcomes) if isinstance(outcome, Exception)}
            events = [outcome for outcome in outcomes if isinstance(outcome, Event)]
            if events:
                await home.events.append(INSTANCE_EXTRACTED.name, events)
            if failures:
                raise PartlyFailed(failures)

        # An image that ends every worker at the wall clock takes three times that, and is then told as such.
        seconds = max(300, 5 * home.settings.decode_wall_seconds)
        yield Running(reactions=[Reaction(INSTANCE_RECEIVED, extract, max_records=_BATCH, attempt_seconds=seconds)])


service = Service(name="extract", open=open_service)

"""Ingest: accept DICOM, keep the bytes, announce the instance, tell how far an upload is."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from chassis.messaging.outbox import Outbox
from chassis.messaging.topics import INSTANCE_EXTRACTED, OCCURRENCE_CHANGED, OCCURRENCE_DELETED, Received
from chassis.sandbox.pool import open_pool
from chassis.service import Burials, Home, Reaction, Running, Service
from proto.rcdm.v1 import events_pb2 as pb
from services.ingest.deletion import note_deletions
from services.ingest.events import CATALOG, EXTRACT, mark_catalogued, mark_extracted, mark_failed, republish_routes
from services.ingest.http.receiver import Receiver
from services.ingest.http.stow import stow_routes
from services.ingest.http.uploads import upload_routes
from services.ingest.pending_blobs import Pending, sweep_for_ever
from services.ingest.purge import Purger
from services.ingest.same_image import WORK, SameImages
from services.ingest.spool import open_spool
from services.ingest.store import Door

NAME = "ingest"
_WORKERS = 1  # started when the first UIDs clash


@asynccontextmanager
async def _open(home: Home) -> AsyncIterator[Running]:
    outbox = Outbox(NAME, home.database, home.events)
    pending = Pending(home.database, home.blobs)
    purger = Purger(home.database, home.blobs, outbox)
    pool = home.database.pool

    async def let_go(batch: Sequence[Received[pb.OccurrenceDeleted]]) -> None:
        await note_deletions(pool, batch)
        purger.wake()

    async with AsyncExitStack() as stack:
        spool = stack.enter_context(open_spool(home.settings.data / "spool"))
        workers = await stack.enter_async_context(open_pool(WORK, _WORKERS, home.settings, at_once=False))
        same_images = SameImages(home.blobs, workers)
        door = Door(home.database, home.blobs, outbox, pending, same_images)
        receiver = Receiver(spool, home.settings)
        yield Running(
            routes=[
                republish_routes(home.database, outbox),
                upload_routes(door, receiver),
                stow_routes(door, receiver),
            ],
            reactions=[
                Reaction(INSTANCE_EXTRACTED, partial(mark_extracted, pool)),
                Reaction(OCCURRENCE_CHANGED, partial(mark_catalogued, pool)),
                Reaction(OCCURRENCE_DELETED, let_go),
            ],
            burials=[
                Burials(EXTRACT, partial(mark_failed, pool, EXTRACT)),
                Burials(CATALOG, partial(mark_failed, pool, CATALOG)),
            ],
            tasks=[outbox.relay, partial(sweep_for_ever, home.database.dsn, pending), purger.run],
        )


service = Service(NAME, _open, Path(__file__).parent / "migrations" / "versions")

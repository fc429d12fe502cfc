"""export: a query becomes a frozen version of a data set, a version becomes an archive."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from chassis.aio import Rounds
from chassis.messaging.outbox import Outbox
from chassis.messaging.topics import EXPORT_REQUESTED, OCCURRENCE_DELETED
from chassis.sandbox.pool import open_pool
from chassis.service import Home, Reaction, Running, Service
from services.export.build.files import WORK
from services.export.build.garbage import sweeper
from services.export.build.worker import Builder
from services.export.deletions import note_deletions
from services.export.http.datasets import dataset_routes, holder_routes
from services.export.http.downloads import download_routes
from services.export.http.links import link_routes
from services.export.http.operations import operation_routes
from services.export.http.pixel_values import Looker, value_routes
from services.export.http.preview import Previewer

_LOOKING = 2  # workers of their own: who looks at an image does not wait for a build


@asynccontextmanager
async def _open(home: Home) -> AsyncIterator[Running]:
    outbox = Outbox("export", home.database, home.events)
    async with (
        open_pool(WORK, home.settings.export_processes, home.settings, at_once=False) as pool,
        open_pool(WORK, _LOOKING, home.settings, at_once=False) as looking,
    ):
        yield _running(home, outbox, Builder(home, outbox, pool), sweeper(home), Looker(home.blobs, looking))


def _running(home: Home, outbox: Outbox, builder: Builder, sweep: Rounds, looker: Looker) -> Running:
    return Running(
        routes=[
            dataset_routes(home, outbox, Previewer(home, looker)),
            value_routes(home, looker),
            download_routes(home),
            link_routes(home),
            holder_routes(home),
            operation_routes(home.database, builder),
        ],
        reactions=[
            Reaction(EXPORT_REQUESTED, builder.wake),
            Reaction(OCCURRENCE_DELETED, partial(note_deletions, home.database, sweep.wake)),
        ],
        tasks=[outbox.relay, builder.run, sweep.run],
    )


service = Service("export", _open, Path(__file__).parent / "migrations" / "versions")

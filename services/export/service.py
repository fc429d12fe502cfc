"""export: a query becomes a frozen version of a data set, a version becomes an archive."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from chassis.outbox import Outbox
from chassis.rounds import Rounds
from chassis.service import Home, Reaction, Running, Service
from chassis.topics import EXPORT_REQUESTED, OCCURRENCE_DELETED
from chassis.workers.pool import open_pool
from services.export.builder import Builder
from services.export.deletions import note_deletions
from services.export.download_routes import download_routes
from services.export.holder_routes import holder_routes
from services.export.link_routes import link_routes
from services.export.looking import Looker
from services.export.making import WORK
from services.export.operation_routes import operation_routes
from services.export.preview import Previewer
from services.export.routes import dataset_routes
from services.export.sweeping import sweeper
from services.export.value_routes import value_routes

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

"""operations: looks across all services, reading only: the audit, the dead letters and their replay."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from chassis.service import Burials, Home, Running, Service
from services.operations import routes
from services.operations.audit_runs import Audits
from services.operations.dead_letters import DeadLetters
from services.operations.metrics import count_for_ever
from services.operations.overview import Overviews

# Every group that reacts to a topic may bury something.
GROUPS = ("ingest", "extract", "catalog", "export")


@asynccontextmanager
async def _open(home: Home) -> AsyncIterator[Running]:
    letters = DeadLetters(home.database, home.events)
    audits = Audits(home.database, home.blobs)
    yield Running(
        routes=[
            routes.looking_over(Overviews(home.database, home.settings), home.database),
            routes.audit(audits),
            routes.dead_letters(letters),
        ],
        burials=[Burials(group, partial(letters.keep, group)) for group in GROUPS],
        tasks=[audits.run, partial(count_for_ever, home.database)],
    )


service = Service("operations", _open, Path(__file__).parent / "migrations" / "versions")

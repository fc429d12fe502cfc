"""A builder in a process of its own, to be killed: `python -m tests.journey.export_process DSN FOLDER FREE`."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from chassis.messaging.outbox import Outbox
from chassis.sandbox.pool import open_pool
from services.export.build.files import WORK
from services.export.build.worker import Builder
from tests.journey.export_gate import Gate
from tests.journey.home import open_journey_home


async def main(dsn: str, folder: Path, free: int) -> None:
    """Builds what waits; says `reached` and stands still after `free` pictures."""
    async with open_journey_home(dsn, folder) as home:
        gate = Gate(home.blobs, free)
        outbox = Outbox("export", home.database, home.events)
        async with open_pool(WORK, 1, home.settings, at_once=False) as pool:
            work = asyncio.ensure_future(Builder(replace(home, blobs=gate), outbox, pool).work())
            await gate.reached.wait()
            print("reached", flush=True)
            await work


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))

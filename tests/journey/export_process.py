"""A builder in a process of its own, to be killed: `python -m tests.journey.export_process DSN FOLDER FREE`."""

import asyncio
import sys
from pathlib import Path

from chassis.adapters.folder_blobs import folder_blobs
from chassis.adapters.postgres_log import postgres_log
from chassis.database import open_database
from chassis.outbox import Outbox
from chassis.secrets import SiteKeys
from chassis.service import Home
from chassis.settings import Settings
from services.export.builder import Builder
from tests.journey.export_gate import Gate


async def main(dsn: str, folder: Path, free: int) -> None:
    """Builds what waits; says `reached` and stands still after `free` pictures."""
    async with (
        open_database(dsn) as database,
        postgres_log(dsn, 2) as events,
        folder_blobs(folder / "blobs") as blobs,
    ):
        gate = Gate(blobs, free)
        home = Home(Settings(data=folder), database, events, gate, SiteKeys(b"0" * 32))
        work = asyncio.ensure_future(Builder(home, Outbox("export", database, events)).work())
        await gate.reached.wait()
        print("reached", flush=True)
        await work


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))

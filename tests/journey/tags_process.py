"""The job behind search in a process of its own, to be killed: `python -m tests.journey.tags_process DSN`."""

import asyncio
import sys

from chassis.db.database import open_database
from services.catalog.tags.indexer import SearchIndexer


async def main(dsn: str) -> None:
    async with open_database(dsn) as database:
        await SearchIndexer(database, step_images=1).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

"""`make bench-vocabulary`: how long a vocabulary takes to load, twice."""

import argparse
import asyncio
import os
import platform
import tempfile
import time
from pathlib import Path

from chassis.db.embedded.server import embedded_postgres
from chassis.telemetry.logging import configure_logging
from services.catalog.vocabulary.load import load_vocabulary
from tests.journey.catalog_shelf import open_shelf
from tests.vocabulary.large import large_vocabulary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--concepts", type=int, default=1_000_000, help="Standard ones; as many codes come with them.")
    concepts = parser.parse_args().concepts
    configure_logging("text", "bench")
    with tempfile.TemporaryDirectory(prefix="rcdm-bench-vocabulary-") as folder:
        asyncio.run(_measure(Path(folder), large_vocabulary(Path(folder) / "download", concepts)))


async def _measure(folder: Path, download: Path) -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL as embedded")
    async with embedded_postgres(folder / "postgres") as server, open_shelf(server, folder / "shelf") as shelf:
        for time_word in ("first", "second"):
            started = time.monotonic()
            loaded = await load_vocabulary(shelf.home.database, download)
            seconds, rows = time.monotonic() - started, sum(loaded.rows.values())
            print(f"{time_word} load: {rows:,} rows in {seconds:.1f} s, {rows / seconds:,.0f} rows/s", flush=True)
        for table, count in loaded.rows.items():
            print(f"  {table:22} {count:>12,}")


if __name__ == "__main__":
    main()

"""`make bench`: images per second of the bare loop, the extract stage and the whole system, in one run."""

import argparse
import asyncio
import os
import platform
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chassis.telemetry.logging import configure_logging
from services.cli.client.http import client
from services.cli.client.send import Fields, find_files, send
from tests.addresses import HOME, RUN
from tests.bench.bare_loop import bare_loop
from tests.bench.extract_stage import extract_stage
from tests.bench.instances import SIDE, write_instances
from tests.bench.memory import PeakMemory
from tests.servers import start_missing
from tests.system import System, running_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--cluster", action="store_true", help="also end to end on Kafka, MinIO, PostgreSQL and nginx")
    asked = parser.parse_args()
    configure_logging("text", "bench")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory(prefix="rcdm-bench-") as folder:
        _measure(Path(folder), asked.images, asked.cluster)


def _measure(folder: Path, images: int, on_cluster: bool) -> None:
    paths = write_instances(folder / "in", images)
    size = sum(path.stat().st_size for path in paths) / (1 << 20)
    print(f"{images} distinct CT images of {SIDE}x{SIDE}, 16 bit, {size:.0f} MiB")
    bare = images / bare_loop(paths, folder / "out")
    _row("bare loop", bare, bare)
    with PeakMemory(os.getpid()) as stage_memory:
        _row("extract stage", images / asyncio.run(extract_stage(folder / "stage", paths)), bare)
    with running_system(folder / "system") as system, PeakMemory(system.pid) as memory:
        _system_row("end to end", system, folder / "in", bare)
    if on_cluster:
        with _servers(folder), running_system(folder / "cluster") as system:
            _system_row("cluster home", system, folder / "in", bare)
    _memory("extract stage", stage_memory)
    _memory("end to end", memory)


@contextmanager
def _servers(folder: Path) -> Iterator[None]:
    os.environ |= {HOME: "cluster", RUN: secrets.token_hex(4)}
    servers = start_missing(folder / "servers")
    try:
        yield
    finally:
        for server in servers:
            server.kill()


def _system_row(name: str, system: System, folder: Path, bare: float) -> None:
    seconds, sent = _end_to_end(system, folder)
    _row(name, len(list(folder.iterdir())) / seconds, bare)
    print(f"  of it until the last file was answered: {sent:.1f} s, until searchable: {seconds:.1f} s")


def _end_to_end(system: System, folder: Path) -> tuple[float, float]:
    """Seconds from the first byte sent to the last row searchable and last PNG stored; seconds of sending."""
    files = list(find_files([folder]))
    with client(system.address, system.key) as http:
        started = time.monotonic()
        upload = send(http, files, Fields(hospital="BENCH"), lambda *_: None)
        sent = time.monotonic() - started
        while not (counts := http.get(f"/api/v1/uploads/{upload['upload_id']}").json())["done"]:
            time.sleep(0.05)
        seconds = time.monotonic() - started
    assert counts["catalogued"] == len(files), counts
    return seconds, sent


def _row(name: str, rate: float, bare: float) -> None:
    print(f"{name:15} {rate:8.1f} images/s   {rate / bare:5.2f} of the bare loop", flush=True)


def _memory(name: str, memory: PeakMemory) -> None:
    for kind, (count, peak) in memory.table().items():
        print(f"peak memory, {name}: {kind:13} {peak:7.0f} MiB (largest of {count} seen)")


if __name__ == "__main__":
    main()

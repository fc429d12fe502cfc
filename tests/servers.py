"""The real servers of a run with --home cluster: given by address, or started for this run and gone with it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from deploy.laptop.kafka import kafka
from deploy.laptop.minio import minio
from deploy.laptop.postgres import postgres
from deploy.laptop.server import Server
from deploy.programs.cache import ready

# Tests kill processes, never the machine: nothing here needs to outlive a power cut.
QUICK_POSTGRES = {"fsync": "off", "full_page_writes": "off"}

_MAKERS: Mapping[str, Callable[[Path], Server]] = {
    "TEST_KAFKA": lambda folder: kafka(folder / "kafka"),
    "TEST_S3": lambda folder: minio(folder / "minio", "tests"),
    "TEST_POSTGRES": lambda folder: postgres(folder / "postgres", QUICK_POSTGRES),
}
_NEEDED = {"TEST_KAFKA": ("java", "kafka"), "TEST_S3": ("minio",), "TEST_POSTGRES": ()}


def start_missing(folder: Path) -> list[Server]:
    """Starts what no address is given of, all at once, and tells this process and its children where they are."""
    missing = [name for name in _MAKERS if not os.environ.get(name)]
    for program in [program for name in missing for program in _NEEDED[name]]:
        ready(program)
    # Tied: a run of tests that was killed leaves nothing behind.
    started = {name: replace(_MAKERS[name](folder), is_tied=True) for name in missing}
    for server in started.values():
        server.launch()
    for name, server in started.items():
        server.await_answer()
        os.environ[name] = server.address
    return list(started.values())

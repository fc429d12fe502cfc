"""Where a test keeps rows, events and blobs: on servers of its own machine, in places nobody else uses."""

import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

# Set by tests/conftest.py with --home cluster, so that processes of the tests see it, too.
HOME = "TEST_HOME"


def is_cluster() -> bool:
    return os.environ.get(HOME) == "cluster"


def addresses_for(folder: Path) -> dict[str, str]:
    """The settings `events` and `blobs`; the same folder gives the same place, in every process of a test."""
    if not is_cluster():
        return {"events": "postgresql:", "blobs": f"file://{folder}/blobs"}
    own = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return {"events": kafka_address(own), "blobs": s3_address(own)}


def kafka_address(prefix: str) -> str:
    """The log of the tests, with topics and groups of that prefix."""
    return f"kafka://{os.environ['TEST_KAFKA']}/{prefix}"


def s3_address(prefix: str) -> str:
    """The store of the tests, below that prefix."""
    place, _, options = os.environ["TEST_S3"].partition("?")
    return f"{place.rstrip('/')}/{prefix}?{options}"


@asynccontextmanager
async def empty_database(server: str) -> AsyncIterator[str]:
    """The DSN of a new database of a server, gone afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f"CREATE DATABASE {name} STRATEGY file_copy")
        yield database_of(server, name)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


def database_of(server: str, name: str) -> str:
    return urlsplit(server)._replace(path=f"/{name}").geturl()

"""Where a test keeps rows, events and blobs: on servers of its own machine, in places nobody else uses."""

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

# Set by tests/conftest.py, so that processes of the tests see them, too. A run's name keeps it apart from earlier ones.
HOME, RUN = "TEST_HOME", "TEST_RUN"


def is_cluster() -> bool:
    return os.environ.get(HOME) == "cluster"


def addresses_for(folder: Path) -> dict[str, str]:
    """The settings `events` and `blobs`; the same folder gives the same place, in every process of a test."""
    if not is_cluster():
        return {"events": "postgresql:", "blobs": f"file://{folder}/blobs"}
    own = _name_of(folder)
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
        yield _database_of(server, name)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


def make_database(server: str, folder: Path) -> str:
    """The DSN of the folder's own database, made at the first call. Not a coroutine: fixtures of both kinds use it."""

    async def make() -> None:
        connection = await asyncpg.connect(server)
        with suppress(asyncpg.DuplicateDatabaseError):
            await connection.execute(f"CREATE DATABASE {name} STRATEGY file_copy")
        await connection.close()

    name = f"test_{_name_of(folder)}"
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, make()).result()
    return _database_of(server, name)


def _database_of(server: str, name: str) -> str:
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def _name_of(folder: Path) -> str:
    return hashlib.sha256(f"{os.environ.get(RUN)} {folder}".encode()).hexdigest()[:12]

"""The homes of each port: a contract test runs unchanged on every one of them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from chassis.blobs.local.store import folder_blobs
from chassis.blobs.s3.store import s3_blobs
from chassis.messaging.kafka.log import kafka_log
from chassis.messaging.ports import BlobStore, EventLog
from chassis.messaging.postgres.log import postgres_log
from deploy.laptop.kafka import kafka
from deploy.laptop.server import Server
from tests.addresses import is_cluster, kafka_address, s3_address

PARTITIONS = 4

OpenLog = Callable[[], AbstractAsyncContextManager[EventLog]]
OpenStore = Callable[[], AbstractAsyncContextManager[BlobStore]]

# Only a broker or a bucket can be stopped, killed or frozen under an adapter.
_MISFORTUNES = "test_*_misfortunes.py"

# One line per home: the fixture that tells its address, and how the address becomes the adapter.
LOGS: dict[str, tuple[str, Callable[[str], AbstractAsyncContextManager[EventLog]]]] = {
    "postgres": ("database", lambda address: postgres_log(address, PARTITIONS)),
    "kafka": ("log_of_kafka", lambda address: kafka_log(address, PARTITIONS, "")),
}
STORES: dict[str, tuple[str, Callable[[str], AbstractAsyncContextManager[BlobStore]]]] = {
    "folder": ("blob_folder", lambda address: folder_blobs(Path(address))),
    "s3": ("store_of_s3", s3_blobs),
}
_CLUSTER_ONLY = {"kafka", "s3"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Without --home cluster only the homes that need nothing."""
    for fixture, homes in (("log_address", LOGS), ("store_address", STORES)):
        if fixture in metafunc.fixturenames:
            left_out = set() if is_cluster() else _CLUSTER_ONLY
            metafunc.parametrize(fixture, [home for home in homes if home not in left_out], indirect=True)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    return True if collection_path.match(_MISFORTUNES) and not is_cluster() else None


@pytest.fixture
def log_of_kafka() -> str:
    return kafka_address(secrets.token_hex(4))


@pytest.fixture
def store_of_s3() -> str:
    return s3_address(secrets.token_hex(4))


@pytest.fixture
def blob_folder(tmp_path: Path) -> str:
    return str(tmp_path / "blobs")


@pytest.fixture
def log_address(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Which home, and where it is: another process can open the same log with these two words."""
    fixture, _ = LOGS[request.param]
    return request.param, request.getfixturevalue(fixture)


@pytest.fixture
def store_address(request: pytest.FixtureRequest) -> tuple[str, str]:
    fixture, _ = STORES[request.param]
    return request.param, request.getfixturevalue(fixture)


@pytest.fixture
def open_log(log_address: tuple[str, str]) -> OpenLog:
    """Opens the same log again, as another process of the system would."""
    home, address = log_address
    return lambda: LOGS[home][1](address)


@pytest.fixture
async def event_log(open_log: OpenLog) -> AsyncIterator[EventLog]:
    async with open_log() as log:
        yield log


@pytest.fixture
async def blob_store(store_address: tuple[str, str]) -> AsyncIterator[BlobStore]:
    home, address = store_address
    async with STORES[home][1](address) as store:
        yield store


@pytest.fixture
def topic() -> str:
    return f"topic.{secrets.token_hex(4)}"


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Server]:
    """Of this test alone; not started yet."""
    server = kafka(tmp_path / "kafka")
    try:
        yield server
    finally:
        await asyncio.to_thread(server.kill)

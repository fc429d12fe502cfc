"""The homes of each port: a contract test runs unchanged on every one of them."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from chassis.adapters.folder_blobs import folder_blobs
from chassis.adapters.postgres_log import postgres_log
from chassis.ports import BlobStore, EventLog

PARTITIONS = 4

OpenLog = Callable[[], AbstractAsyncContextManager[EventLog]]
OpenStore = Callable[[], AbstractAsyncContextManager[BlobStore]]

# One line per home: the fixture that tells its address, and how the address becomes the adapter.
LOGS: dict[str, tuple[str, Callable[[str], AbstractAsyncContextManager[EventLog]]]] = {
    "postgres": ("database", lambda address: postgres_log(address, PARTITIONS)),
}
STORES: dict[str, tuple[str, Callable[[str], AbstractAsyncContextManager[BlobStore]]]] = {
    "folder": ("blob_folder", lambda address: folder_blobs(Path(address))),
}


@pytest.fixture
def blob_folder(tmp_path: Path) -> str:
    return str(tmp_path / "blobs")


@pytest.fixture(params=LOGS)
def log_address(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Which home, and where it is: another process can open the same log with these two words."""
    fixture, _ = LOGS[request.param]
    return request.param, request.getfixturevalue(fixture)


@pytest.fixture(params=STORES)
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

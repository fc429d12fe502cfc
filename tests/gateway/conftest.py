"""The gateway belongs to the cluster home: these tests need nginx and run with `--home cluster`."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.gateway.nginx import Gateway, running_gateway
from tests.gateway.stand_in import StandIn, stand_ins


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if config.getoption("--home", default="embedded") != "cluster" else None


@pytest.fixture(scope="package")
async def behind() -> AsyncIterator[tuple[dict[str, StandIn], dict[str, int]]]:
    """The stand-ins of all services, and their ports."""
    async with stand_ins() as services:
        yield services


@pytest.fixture(scope="package")
def services(behind: tuple[dict[str, StandIn], dict[str, int]]) -> dict[str, StandIn]:
    return behind[0]


@pytest.fixture(scope="package")
def ports(behind: tuple[dict[str, StandIn], dict[str, int]]) -> dict[str, int]:
    return behind[1]


@pytest.fixture(scope="package")
async def gateway(ports: dict[str, int]) -> AsyncIterator[Gateway]:
    with running_gateway(ports) as running:
        yield running


@pytest.fixture
async def http(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=gateway.address, timeout=20) as client:
        yield client

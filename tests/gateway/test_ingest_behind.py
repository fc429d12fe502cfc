"""The real door of ingest behind the gateway: what a bridge sees is what the door says."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.caller import HEADERS, LINES
from tests.gateway.nginx import Gateway, running_gateway
from tests.journey.ingest_door import Door, open_door, related
from tests.journey.surface import assert_problem
from tests.makers import ct_bytes

_MiB = 1 << 20
_KIND = related([])[1]


@pytest.fixture(scope="module")
async def door(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    limits: dict[str, Any] = {"request_bytes": 64 * _MiB, "part_bytes": _MiB}
    async with open_door(postgres_server, tmp_path_factory.mktemp("door"), idle_seconds=2, **limits) as opened:
        yield opened


@pytest.fixture(scope="module")
async def behind_a_balancer(door: Door) -> AsyncIterator[Gateway]:
    with running_gateway({"ingest": door.port}, TRUSTED="127.0.0.0/8") as running:
        yield running


@pytest.fixture
async def bridge(behind_a_balancer: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    public = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "pacs.example", "Content-Type": _KIND, **HEADERS}
    async with httpx.AsyncClient(base_url=behind_a_balancer.address, headers=public, timeout=30) as http:
        yield http


async def test_a_stored_instance_is_named_by_its_public_address(bridge: httpx.AsyncClient) -> None:
    """A12."""
    answer = await bridge.post("/dicom-web/studies", content=related([ct_bytes()])[0])
    (item,) = answer.json()["00081199"]["Value"]
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/dicom+json")
    assert item["00081190"]["Value"][0].startswith("https://pacs.example/dicom-web/studies/")


async def test_thirty_two_megabytes_of_slices_are_stored(bridge: httpx.AsyncClient, door: Door) -> None:
    before = await door.stored()
    slices = [ct_bytes(Rows=512, Columns=512, PixelData=bytes(512 * 512 * 2)) for _ in range(60)]
    assert (await bridge.post("/dicom-web/studies", content=related(slices)[0])).status_code == 200
    assert await door.stored() == before + 60


@pytest.mark.parametrize("size", [2 * _MiB, 32 * _MiB])
async def test_an_early_refusal_reaches_a_sender_that_sends_on(bridge: httpx.AsyncClient, size: int) -> None:
    """A5, A21: the door refuses the part in the middle of the body."""
    answer = await bridge.post("/dicom-web/studies", content=related([bytes(size)])[0])
    assert assert_problem(answer, 413)["limit"] == _MiB


async def test_a_stalled_body_is_answered_by_the_door(behind_a_balancer: Gateway) -> None:
    """A4, A16."""
    reader, writer = await asyncio.open_connection("127.0.0.1", behind_a_balancer.port)
    writer.write(_head(5000) + b"--edge\r\n")
    async with asyncio.timeout(120):
        assert (await reader.readline()).split()[1] == b"400"
    writer.close()


async def test_a_body_cut_short_leaves_nothing_behind(behind_a_balancer: Gateway, door: Door) -> None:
    """A2."""
    content = related([ct_bytes()])[0]
    _, writer = await asyncio.open_connection("127.0.0.1", behind_a_balancer.port)
    writer.write(_head(len(content)) + content[:-50])
    await writer.drain()
    writer.transport.abort()
    async with asyncio.timeout(120):
        while not await door.is_clean():
            await asyncio.sleep(0.05)


async def test_an_empty_body_stays_a_400(bridge: httpx.AsyncClient) -> None:
    """A1: chunked or not."""

    async def nothing() -> AsyncIterator[bytes]:
        return
        yield b""

    for content in (b"", nothing()):
        assert_problem(await bridge.post("/dicom-web/studies", content=content), 400)


def _head(length: int) -> bytes:
    said = ["POST /dicom-web/studies HTTP/1.1", "Host: x", f"Content-Type: {_KIND}", f"Content-Length: {length}"]
    said += LINES
    return "\r\n".join([*said, "", ""]).encode()

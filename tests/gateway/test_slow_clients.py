"""Slow clients cost the gateway a connection, not the system its service."""

import asyncio
import time

import httpx

from tests.gateway.nginx import Gateway

_HEADER_SECONDS = 10


async def test_two_hundred_slow_clients_do_not_stop_a_normal_one_and_are_closed(gateway: Gateway) -> None:
    """A16: they send their headers byte by byte; the whole head has ten seconds."""
    started = time.monotonic()
    slow = [await asyncio.open_connection("127.0.0.1", gateway.port) for _ in range(200)]
    for _, writer in slow:
        writer.write(b"POST /dicom-web/studies HTTP/1.1\r\n")
    async with httpx.AsyncClient(base_url=gateway.address) as http:
        assert (await http.post("/dicom-web/studies", content=b"x" * 100_000)).json()["bytes"] == 100_000
    drips = asyncio.gather(*(_drip(reader, writer) for reader, writer in slow))
    async with asyncio.timeout(120):
        await drips
    assert time.monotonic() - started < _HEADER_SECONDS + 5


async def test_two_hundred_stalled_bodies_do_not_stop_a_normal_one(gateway: Gateway) -> None:
    """A16: the service's own idle limit ends them."""
    stalled = [await asyncio.open_connection("127.0.0.1", gateway.port) for _ in range(200)]
    for _, writer in stalled:
        writer.write(b"POST /dicom-web/studies HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nabc")
    async with httpx.AsyncClient(base_url=gateway.address) as http:
        assert (await http.post("/dicom-web/studies", content=b"x" * 100_000)).json()["bytes"] == 100_000
    for _, writer in stalled:
        writer.close()


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A byte a second until the other side has had enough."""
    ended = asyncio.create_task(reader.read())
    while not ended.done():
        writer.write(b"X")
        await asyncio.wait({ended}, timeout=1)
    writer.close()

"""A service that dies in the middle of a request, and the gateway told to stop."""

import asyncio
import signal
from collections.abc import AsyncIterator

import httpx

from tests.gateway.nginx import running_gateway
from tests.gateway.stand_in import StandIn
from tests.journey.surface import assert_problem


async def test_a_service_that_dies_in_the_middle_of_an_upload_is_503(ports: dict[str, int]) -> None:
    """C1, C2: the bridge sends it again."""

    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1000)
        writer.transport.abort()

    async with await asyncio.start_server(die, "127.0.0.1", 0) as dying:
        port = dying.sockets[0].getsockname()[1]
        with running_gateway({**ports, "ingest": port}) as running:
            async with httpx.AsyncClient(base_url=running.address) as http:
                answer = await http.post("/dicom-web/studies", content=bytes(8 << 20))
    assert_problem(answer, 503)
    assert "retry-after" in answer.headers


async def test_a_gateway_told_to_stop_lets_an_upload_end(ports: dict[str, int], services: dict[str, StandIn]) -> None:
    """C13: with SIGQUIT, which the image's stop signal is."""
    services["ingest"].pieces = asyncio.Queue()
    with running_gateway(ports) as running:

        async def body() -> AsyncIterator[bytes]:
            yield b"first"
            await services["ingest"].pieces.get()
            running.process.send_signal(signal.SIGQUIT)
            yield b"last"

        async with asyncio.timeout(120), httpx.AsyncClient(base_url=running.address) as http:
            answer = await http.post("/dicom-web/studies", content=body())
        assert answer.json()["bytes"] == len(b"firstlast")
        assert await asyncio.to_thread(running.process.wait, 10) == 0

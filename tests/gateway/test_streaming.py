"""Nothing waits at the gateway: pieces of a body, events and ranges pass as they come."""

import asyncio
from collections.abc import AsyncIterator

import httpx

from tests.gateway.nginx import Gateway
from tests.gateway.stand_in import PICTURE, StandIn

_PIECE = b"x" * 1000


async def test_an_upload_arrives_before_it_has_been_sent_whole(
    http: httpx.AsyncClient, services: dict[str, StandIn]
) -> None:
    """Chunked, as Orthanc sends it (A4)."""
    ingest = services["ingest"]
    ingest.pieces = asyncio.Queue()

    async def body() -> AsyncIterator[bytes]:
        yield _PIECE
        async with asyncio.timeout(10):
            assert await ingest.pieces.get() == _PIECE
        yield _PIECE

    assert (await http.post("/dicom-web/studies", content=body())).json()["bytes"] == 2 * len(_PIECE)


async def test_a_small_request_is_held_back_until_it_is_whole(
    http: httpx.AsyncClient, gateway: Gateway, services: dict[str, StandIn]
) -> None:
    """A16: a slow sender of a query costs a connection here and nothing behind."""
    export = services["export"]
    export.pieces = asyncio.Queue()
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"POST /api/v1/datasets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\nab")
    await writer.drain()
    await http.get("/api/v1/datasets")  # what came later is answered first
    assert [export.pieces.get_nowait(), export.pieces.empty()] == [b"", True]
    writer.write(b"cd")
    assert b'"bytes": 4' in await reader.read()
    writer.close()


async def test_the_first_event_comes_at_once(http: httpx.AsyncClient, services: dict[str, StandIn]) -> None:
    services["ingest"].go_on.clear()
    async with asyncio.timeout(10), http.stream("GET", "/api/v1/uploads/1/events") as answer:
        lines = answer.aiter_lines()
        assert await anext(lines) == "data: first"
        services["ingest"].go_on.set()
        assert [line async for line in lines] == ["", "data: last", ""]


async def test_who_waits_for_a_continue_gets_it(gateway: Gateway) -> None:
    """A21."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(
        b"POST /dicom-web/studies HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n"
        b"Connection: close\r\n\r\n"
    )
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"abc")
    assert b'"bytes": 3' in await reader.read()
    writer.close()


async def test_ranges_and_validators_pass(http: httpx.AsyncClient) -> None:
    whole = await http.get("/api/v1/images/1/picture")
    etag = whole.headers["etag"]
    some = await http.get("/api/v1/images/1/picture", headers={"Range": "bytes=10-19", "If-Range": etag})
    known = await http.get("/api/v1/images/1/picture", headers={"If-None-Match": etag})
    beyond = await http.get("/api/v1/images/1/picture", headers={"Range": f"bytes={len(PICTURE)}-"})
    assert (whole.content, whole.headers["content-length"]) == (PICTURE, str(len(PICTURE)))
    assert (some.status_code, some.content, some.headers["etag"]) == (206, PICTURE[10:20], etag)
    assert (known.status_code, known.headers["etag"], beyond.status_code) == (304, etag, 416)
    assert whole.headers["accept-ranges"] == "bytes"


async def test_a_head_request_has_the_length_and_no_body(http: httpx.AsyncClient) -> None:
    answer = await http.head("/api/v1/images/1/picture")
    assert (answer.status_code, answer.headers["content-length"]) == (200, str(len(PICTURE)))

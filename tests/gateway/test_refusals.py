"""What the gateway refuses by itself, it refuses in our one shape of error."""

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.gateway.nginx import Gateway, running_gateway
from tests.gateway.stand_in import StandIn, served
from tests.journey.surface import assert_problem
from tests.system import free_port

_MOST = 2 << 20


@pytest.fixture(scope="module")
def narrow(ports: dict[str, int]) -> Iterator[Gateway]:
    """A gateway that takes uploads of 2 MiB, and to which catalog and ingest do not answer."""
    present = {name: port for name, port in ports.items() if name not in ("catalog", "ingest")}
    with running_gateway(present, REQUEST_BYTES=str(_MOST)) as running:
        yield running


@pytest.mark.parametrize(("path", "most"), [("/dicom-web/studies", _MOST), ("/api/v1/uploads", _MOST),
                                            ("/api/v1/datasets", 1 << 20)])  # fmt: skip
async def test_a_body_too_large_is_413_and_the_limit_is_named(narrow: Gateway, path: str, most: int) -> None:
    """A6: before any of it is read."""
    answer = await exchange(narrow, f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {most + 1}\r\n\r\n".encode())
    assert problem_of(answer, 413)["limit"] == most


async def test_a_client_that_sends_on_reads_why_it_was_refused(narrow: Gateway) -> None:
    async with httpx.AsyncClient(base_url=narrow.address) as http:
        assert_problem(await http.post("/dicom-web/studies", content=bytes(8 << 20)), 413)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775808\r\n\r\n", 400),
        (b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"RUBBISH\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % (b"x" * 20_000), 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n" % (b"x" * 20_000), 431),
    ],
    ids=[
        "two hosts",
        "no length",
        "A6",
        "nul",
        "no http",
        "new http",
        "no chunks",
        "trace",
        "long address",
        "long header",
    ],
)
async def test_a_request_that_is_none_is_a_problem(gateway: Gateway, request_: bytes, status: int) -> None:
    """F16."""
    problem_of(await exchange(gateway, request_), status)


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/occurrences"), ("POST", "/dicom-web/studies")])
async def test_a_service_that_is_away_is_503_with_the_time_to_come_back(
    narrow: Gateway, method: str, path: str
) -> None:
    """C2, A19: bridges try again after a 503."""
    async with httpx.AsyncClient(base_url=narrow.address) as http:
        answer = await http.request(method, path, headers={"X-Request-Id": "0123456789"})
    assert assert_problem(answer, 503)["request_id"] == "0123456789"
    assert 5 <= int(answer.headers["retry-after"]) <= 9


async def test_a_service_that_comes_back_is_found_at_once(ports: dict[str, int]) -> None:
    away = free_port()
    with running_gateway({**ports, "export": away}) as running:
        async with httpx.AsyncClient(base_url=running.address) as http:
            assert_problem(await http.get("/api/v1/datasets"), 503)
            async with served(StandIn("export"), away):
                assert (await http.get("/api/v1/datasets")).json()["service"] == "export"
            assert_problem(await http.get("/api/v1/datasets"), 503)


async def exchange(gateway: Gateway, sent: bytes) -> bytes:
    """One request as it is; all that comes back until the end or a pause."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(sent)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    body = await reader.readexactly(length)
    writer.close()
    return head + body


def problem_of(answer: bytes, status: int) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    said: dict[str, object] = json.loads(body)
    assert (lines[0].split()[1], said["status"]) == (str(status), status), answer
    assert "content-type: application/problem+json" in lines
    assert f"x-request-id: {said['request_id']}" in lines
    assert {"type", "title", "detail"} <= said.keys()
    return said

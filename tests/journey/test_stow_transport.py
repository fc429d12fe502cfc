"""STOW-RS over raw sockets: bodies that are empty, cut, silent, oversized or lying."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psutil
import pytest

from tests.caller import LINES
from tests.journey.ingest_door import Door, open_door, related
from tests.makers import ct_bytes
from tests.waiting import until

_KIND = related([])[1]


@pytest.fixture(scope="module")
async def running_door(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    limits: dict[str, Any] = {"request_bytes": 64 << 20, "part_bytes": 1 << 20, "parts": 100}
    async with open_door(postgres_server, tmp_path_factory.mktemp("door"), idle_seconds=0.5, **limits) as opened:
        yield opened


def head(*lines: str, path: str = "/dicom-web/studies", kind: str = _KIND) -> bytes:
    said = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Type: {kind}", *LINES, *lines]
    return "\r\n".join([*said, "", ""]).encode()


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("kind", [_KIND, "application/dicom"])
@pytest.mark.parametrize(
    "request_body",
    [("Content-Length: 0", b""), ("Transfer-Encoding: chunked", b"0\r\n\r\n")],
    ids=["length", "chunked"],
)
async def test_an_empty_body_is_400(door: Door, kind: str, request_body: tuple[str, bytes]) -> None:
    """A1: a client that re-sends an emptied body must not take it for stored."""
    line, body = request_body
    assert status(await door.raw(head(line, "Connection: close", kind=kind) + body)) == 400


async def test_a_multipart_without_a_part_is_400(door: Door) -> None:
    """A1."""
    assert (await door.stow()).status_code == 400


async def test_a_body_without_its_closing_boundary_is_400_and_the_cut_part_is_not_stored(door: Door) -> None:
    """A2."""
    content = related([ct_bytes(), ct_bytes()])[0][:-40]
    answer = await door.http.post("/dicom-web/studies", content=content, headers={"content-type": _KIND})
    assert answer.status_code == 400
    assert await door.stored() <= 1
    assert await door.is_clean()


async def test_a_client_that_goes_away_leaves_nothing_behind(door: Door) -> None:
    """A2: seventy parts arrived, a batch of them was on its way; the spool and the store are clean again."""
    content = related([ct_bytes() for _ in range(70)])[0]
    _, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(head(f"Content-Length: {len(content) + 1000}") + content[:-100])
    await writer.drain()

    async def arrived() -> bool:
        return len(await door.blobs()) > 0

    await until(arrived, what="the first batch")
    writer.transport.abort()
    await until(door.is_clean, what="a clean store")


async def test_a_chunked_body_is_taken(door: Door) -> None:
    """A4: as Orthanc sends it."""
    content = related([ct_bytes()])[0]
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(content[i : i + 100]), content[i : i + 100]) for i in range(0, len(content), 100)
    )
    answer = await door.raw(head("Transfer-Encoding: chunked", "Connection: close"), chunks + b"0\r\n\r\n")
    assert status(answer) == 200


async def test_a_body_shorter_than_announced_is_400_after_the_idle_limit(door: Door) -> None:
    """A4, A16."""
    answer = await door.raw(head("Content-Length: 5000") + related([ct_bytes()])[0][:1000])
    assert status(answer) == 400
    assert b"connection: close" in answer.lower()
    assert await door.is_clean()


async def test_two_hundred_silent_senders_do_not_stop_a_normal_one(door: Door) -> None:
    """A16."""
    silent = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(200)]
    for _, writer in silent:
        writer.write(head("Content-Length: 5000") + b"--edge\r\n")
    assert (await door.stow(ct_bytes())).status_code == 200
    answers = await asyncio.gather(*(reader.read() for reader, _ in silent))
    for _, writer in silent:
        writer.close()
    assert {status(answer) for answer in answers} == {400}


async def test_a_sender_that_drips_counts_as_silent(door: Door) -> None:
    """A16: one byte at a time keeps a connection only for the idle limit."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(head("Content-Length: 5000"))
    # Its first line only: who goes on sending after the answer is reset, and loses what he has not read.
    answer = asyncio.create_task(reader.readline())
    for _ in range(200):
        if answer.done():
            break
        writer.write(b"-")
        await asyncio.sleep(0.01)
    writer.close()
    assert status(await answer) == 400


@pytest.mark.parametrize("length", [2**63, 2**63 - 1, 4 << 30])
async def test_an_enormous_content_length_is_refused_before_reading(door: Door, length: int) -> None:
    """A6."""
    assert status(await door.raw(head(f"Content-Length: {length}"))) in (400, 413)


async def test_a_compressed_body_is_415(door: Door) -> None:
    """A7."""
    answer = await door.stow(ct_bytes(), **{"content-encoding": "gzip"})
    assert answer.status_code == 415


async def test_limits_are_named_and_memory_stays_flat(door: Door) -> None:
    """A5: 64 MiB of one part, in pieces, is stopped at the part's limit."""
    before = psutil.Process().memory_info().rss

    async def endless() -> AsyncIterator[bytes]:
        yield b"--edge\r\n\r\n"
        for _ in range(64):
            yield bytes(1 << 20)

    answer = await door.http.post("/dicom-web/studies", content=endless(), headers={"content-type": _KIND})
    assert (answer.status_code, answer.json()["limit"]) == (413, 1 << 20)
    assert psutil.Process().memory_info().rss - before < 64 << 20
    assert await door.is_clean()


async def test_a_body_beyond_the_request_limit_is_413(door: Door) -> None:
    """A5: also when it is chunked and says no length."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b"--edge\r\n\r\n" + bytes(1_000_000) + b"\r\n"

    answer = await door.http.post("/dicom-web/studies", content=endless(), headers={"content-type": _KIND})
    assert (answer.status_code, answer.json()["limit"]) == (413, 64 << 20)


@pytest.mark.parametrize(
    "part",
    [
        b"".join(b"X-%d: y\r\n" % number for number in range(17)) + b"\r\nbody",
        b"X: " + b"y" * 1100 + b"\r\n\r\nbody",
    ],
    ids=["count", "size"],
)
async def test_too_many_or_too_large_part_headers_are_413(door: Door, part: bytes) -> None:
    """A5."""
    content = b"--edge\r\n" + part + b"\r\n--edge--\r\n"
    answer = await door.http.post("/dicom-web/studies", content=content, headers={"content-type": _KIND})
    assert answer.status_code == 413


async def test_too_many_parts_are_413(door: Door) -> None:
    """A5."""
    answer = await door.stow(*([b"x"] * 101))
    assert (answer.status_code, answer.json()["limit"]) == (413, 100)


async def test_a_refusal_comes_before_the_body_is_asked_for(door: Door) -> None:
    """A21: no 100 Continue for who will be refused."""
    answer = await door.raw(head("Content-Length: 99999999999", "Expect: 100-continue"))
    assert status(answer) == 413
    assert b"connection: close" in answer.lower()

"""Byte ranges and validators of large bodies."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import suppress

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.types import Message

from chassis.errors import BadRange
from chassis.http.ranges import Body, is_known, send_body, wanted_range

CONTENT = bytes(range(100))
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-9", (0, 10)),
        ("bytes=90-", (90, 10)),
        ("bytes=-5", (95, 5)),
        ("bytes=-500", (0, 100)),
        ("bytes=5-9999999999999999999", (5, 95)),
        (None, None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=9-5", None),
        ("lines=0-9", None),
        ("bytes=0-1,5-6", None),
        ("bytes=" + ",".join("0-1" for _ in range(1000)), None),
        ("bytes=-1-5", None),
        ("bytes=٣-٥", None),
        ("bytes=" + "9" * 30 + "-", None),
    ],
)
def test_one_range_is_served_and_abuse_gets_everything(header: str | None, expected: tuple[int, int] | None) -> None:
    """D5"""
    assert wanted_range(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=9999999999999999999-"])
def test_a_range_outside_the_body_is_refused(header: str) -> None:
    """D5"""
    with pytest.raises(BadRange):
        wanted_range(header, 100)


@pytest.mark.parametrize("header", ['"a"', 'W/"a"', '"b", "a"', "*"])
def test_a_known_body_is_not_sent_again(header: str) -> None:
    assert is_known(header, '"a"')


async def _ask(**headers: str) -> httpx.Response:
    app = FastAPI()

    async def read(start: int, length: int) -> AsyncGenerator[bytes, None]:
        for place in range(start, start + length, 7):
            yield CONTENT[place : min(place + 7, start + length)]

    @app.get("/body")
    async def body(request: Request) -> Response:
        return await send_body(request, Body(len(CONTENT), SHA256, "image/png", read, "a.png"))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.get("/body", headers=headers)


async def test_a_whole_body_carries_its_size_and_digest() -> None:
    answer = await _ask()
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (200, CONTENT, f'"{SHA256}"')
    assert (answer.headers["content-length"], answer.headers["accept-ranges"]) == ("100", "bytes")


async def test_a_range_is_exactly_that_part() -> None:
    answer = await _ask(range="bytes=10-29")
    assert (answer.status_code, answer.content) == (206, CONTENT[10:30])
    assert answer.headers["content-range"] == "bytes 10-29/100"


async def test_a_range_outside_names_the_size() -> None:
    answer = await _ask(range="bytes=200-")
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */100")


async def test_a_range_of_another_body_gets_everything() -> None:
    answer = await _ask(**{"range": "bytes=10-29", "if-range": '"other"'})
    assert (answer.status_code, answer.content) == (200, CONTENT)


async def test_a_client_that_has_the_body_gets_304() -> None:
    answer = await _ask(**{"if-none-match": f'"{SHA256}"'})
    assert (answer.status_code, answer.content) == (304, b"")


class Source:
    """A body that says whether it was closed."""

    is_closed = False

    async def read(self, start: int, length: int) -> AsyncGenerator[bytes, None]:
        try:
            for place in range(start, start + length):
                yield CONTENT[place : place + 1]
        finally:
            self.is_closed = True


@pytest.mark.parametrize("messages", [0, 1, 3, 1000])
async def test_a_body_is_closed_wherever_its_client_leaves(messages: int) -> None:
    """D6: before the first byte, in the middle, and at the end."""
    source, sent, left = Source(), 0, asyncio.Event()

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal sent
        if sent == messages:
            left.set()
            await asyncio.sleep(3600)
        sent += 1

    scope = {"type": "http", "method": "GET", "headers": [], "path": "/", "query_string": b""}
    answer = await send_body(Request(scope), Body(len(CONTENT), SHA256, "image/png", source.read))
    async with asyncio.timeout(120):
        await answer(scope, receive, send)
    assert source.is_closed


async def test_a_body_is_closed_when_its_client_left_before_the_answer() -> None:
    source = Source()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise OSError("nobody there")

    scope = {"type": "http", "method": "GET", "headers": [], "path": "/", "query_string": b""}
    answer = await send_body(Request(scope), Body(len(CONTENT), SHA256, "image/png", source.read))
    with suppress(OSError):
        await answer(scope, receive, send)
    assert source.is_closed

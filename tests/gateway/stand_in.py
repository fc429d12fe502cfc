"""A stand-in for a service behind the gateway: it says what reached it, and when."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256

import uvicorn
from fastapi import Request
from starlette.types import Receive, Scope, Send

from chassis.http.ranges import Body, send_body

SERVICES = ("ingest", "catalog", "export", "operations", "front")
PICTURE = bytes(range(256)) * 4096


class StandIn:
    """Answers every request with what it received; `/events` and `/picture` at a path's end are what they say."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self.go_on = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].endswith("/events"):
            await self._events(send)
        elif scope["path"].endswith("/picture"):
            await (await send_body(Request(scope), _picture()))(scope, receive, send)
        else:
            await self._echo(scope, receive, send)

    async def _echo(self, scope: Scope, receive: Receive, send: Send) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            piece, more = message.get("body", b""), message.get("more_body", False)
            size += len(piece)
            self.pieces.put_nowait(piece)
        said = {
            "service": self._name,
            "method": scope["method"],
            "target": scope["raw_path"].decode(),
            "query": scope["query_string"].decode(),
            "headers": [(name.decode(), value.decode("latin-1")) for name, value in scope["headers"]],
            "bytes": size,
        }
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps(said).encode()})

    async def _events(self, send: Send) -> None:
        head = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"data: first\n\n", "more_body": True})
        async with asyncio.timeout(120):
            await self.go_on.wait()
        await send({"type": "http.response.body", "body": b"data: last\n\n"})


def _picture() -> Body:
    async def read(start: int, length: int) -> AsyncGenerator[bytes, None]:
        yield PICTURE[start : start + length]

    return Body(len(PICTURE), sha256(PICTURE).hexdigest(), "image/png", read)


@asynccontextmanager
async def stand_ins(names: Sequence[str] = SERVICES) -> AsyncIterator[tuple[dict[str, StandIn], dict[str, int]]]:
    """Stand-ins and their ports, by name."""
    async with AsyncExitStack() as stack:
        services = {name: StandIn(name) for name in names}
        yield services, {name: await stack.enter_async_context(served(one)) for name, one in services.items()}


@asynccontextmanager
async def served(app: StandIn, port: int = 0) -> AsyncIterator[int]:
    # The protocol is named, as the host does: else each answer waits 40 ms for an acknowledgement.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", port))
        config = uvicorn.Config(
            app, log_config=None, log_level="error", lifespan="off", timeout_keep_alive=75, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            await task

"""A relay before a server, which resets connections or swallows what passes through."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Relay:
    """Passes bytes on. After `up` bytes to the server or `down` bytes from it, it cuts the connection, once.

    Resets it or, when it `falls_silent`, passes nothing more on and tells nobody.
    """

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self.port = 0
        self.up: int | None = None
        self.down: int | None = None
        self.cuts = 0
        self.carried = 0  # bytes from the server
        self.falls_silent = False
        self.closed = asyncio.Event()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._server_port)
        passing = [self._pass(reader, back, "up"), self._pass(there, writer, "down"), self.closed.wait()]
        tasks = [asyncio.create_task(one) for one in passing]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for end in (writer, back):
            _reset(end)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        passed = 0
        with suppress(ConnectionError):
            while chunk := await reader.read(64 << 10):
                passed += len(chunk)
                limit: int | None = getattr(self, way)
                if limit is not None and passed > limit:
                    setattr(self, way, None)
                    self.cuts += 1
                    if self.falls_silent:
                        await asyncio.Event().wait()
                    return
                self.carried += len(chunk) if way == "down" else 0
                writer.write(chunk)
                await writer.drain()


@asynccontextmanager
async def relay_to(port: int) -> AsyncIterator[Relay]:
    relay = Relay(port)
    listener = await asyncio.start_server(relay.handle, "127.0.0.1", 0)
    relay.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield relay
        relay.closed.set()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Closed with RST, as a machine or a firewall does that has forgotten us."""
    with suppress(OSError, AttributeError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()

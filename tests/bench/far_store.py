"""A relay before a server that makes it far away: every byte arrives late, as many on their way as are sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_ON_THE_WAY = 64  # pieces of each connection and direction


@asynccontextmanager
async def far_away(port: int, seconds: float) -> AsyncIterator[int]:
    """The port under which the server of that port is so many seconds away, there and back again."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pass(reader, back, seconds), _pass(there, writer, seconds), return_exceptions=True)

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as listener:
        yield listener.sockets[0].getsockname()[1]


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_ON_THE_WAY)
    arriving = asyncio.create_task(_arrive(pieces, writer))
    with suppress(ConnectionError):
        while piece := await reader.read(64 << 10):
            await pieces.put((asyncio.get_running_loop().time() + seconds, piece))
    await pieces.put((0, b""))
    await arriving


async def _arrive(pieces: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while True:
            due, piece = await pieces.get()
            if not piece:
                break
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            writer.write(piece)
            await writer.drain()
    writer.close()

"""The host's listening socket."""

import asyncio
import socket

from chassis.http.server import listen
from chassis.settings import Settings
from tests.system import free_port


async def test_answers_do_not_wait_for_acknowledgements() -> None:
    """A small answer in two pieces took 44 ms: asyncio sets TCP_NODELAY only where the protocol is named."""
    accepted: asyncio.Queue[bool] = asyncio.Queue()

    async def meet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        accepted.put_nowait(bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
        writer.close()

    address = f"127.0.0.1:{free_port()}"
    async with await asyncio.start_server(meet, sock=listen(Settings(listen=address))):
        with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))):
            assert await accepted.get() is True

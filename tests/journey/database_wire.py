"""The wire between a service and PostgreSQL, which can be cut: at once, or in the moment after a commit was sent.

And it can hold back that the server has closed its end, as a network does for a moment.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

_SOCKET = ".s.PGSQL.5432"


class DatabaseWire:
    """A Unix socket in a folder of its own, before the server's."""

    def __init__(self, server: str, folder: Path) -> None:
        self._server, self._folder = urlsplit(server), folder
        self._writers: set[asyncio.StreamWriter] = set()
        self.is_cut = False
        self.cut_after_commit = False
        self.hides_the_end = False

    def dsn(self, dsn: str) -> str:
        parts = urlsplit(dsn)
        said = [f"host={quote(str(self._folder))}", *(one for one in parts.query.split("&") if one[:5] != "host=")]
        user = parts.netloc.rpartition("@")[0]
        return parts._replace(netloc=f"{user}@", query="&".join(filter(None, said))).geturl()

    def cut(self) -> None:
        self.is_cut = True
        for writer in self._writers:
            writer.close()

    def mend(self) -> None:
        self.is_cut = self.cut_after_commit = self.hides_the_end = False

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.close()
            return
        to_server = await self._connect()
        self._writers |= {writer, to_server[1]}
        await asyncio.gather(self._ask(reader, to_server[1]), self._answer(to_server[0], writer))
        writer.close()
        self._writers -= {writer, to_server[1]}

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._server.hostname:
            return await asyncio.open_connection(self._server.hostname, self._server.port)
        return await asyncio.open_unix_connection(f"{parse_qs(self._server.query)['host'][0]}/{_SOCKET}")

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                writer.write(chunk)
                if self.cut_after_commit and b"COMMIT;" in chunk:
                    self.is_cut = True  # the server's word on it will not come through
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                if self.is_cut:
                    self.cut()
                    break
                writer.write(chunk)
        if not self.hides_the_end:
            writer.close()


@asynccontextmanager
async def database_wire(server: str, folder: Path) -> AsyncIterator[DatabaseWire]:
    wire = DatabaseWire(server, folder)
    async with await asyncio.start_unix_server(wire.connected, str(folder / _SOCKET)):
        yield wire
        wire.cut()

"""The service ingest alone, answering on a real port, and what tests ask it and its home."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from chassis.service import Home, Running
from services.ingest.service import service
from tests.addresses import empty_database
from tests.journey.database_wire import DatabaseWire
from tests.journey.faulty_blobs import FaultyBlobs
from tests.journey.home import client_of, open_journey_home, served


@dataclass(frozen=True)
class Door:
    """A running ingest: its client, its home, and the port for raw sockets."""

    http: httpx.AsyncClient
    home: Home
    store: FaultyBlobs
    running: Running
    port: int

    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        return list(await self.home.database.pool.fetch(sql, *values))

    async def value(self, sql: str, *values: Any) -> Any:
        return await self.home.database.pool.fetchval(sql, *values)

    async def stored(self) -> int:
        return int(await self.value("SELECT count(*) FROM ingest.instance"))

    async def events(self, topic: str = "instance.received") -> int:
        """Events written; no relay takes them away here."""
        return int(await self.value("SELECT count(*) FROM ingest.outbox WHERE topic = $1", topic))

    async def blobs(self) -> list[str]:
        return [blob.key async for blob in self.home.blobs.list("dicom")]

    async def is_clean(self) -> bool:
        """No received file is left over, no note of bytes on their way, and as many blobs as rows."""
        left = [path for path in (self.home.settings.data / "spool").glob("*/*") if path.name != "lock"]
        notes = await self.value("SELECT count(*) FROM ingest.pending_blob")
        return not left and notes == 0 and len(await self.blobs()) == await self.stored()

    async def empty(self) -> "Door":
        """As it was at the start, which is quicker than starting again."""
        self.store.away, self.store.keeps, self.store.fails_after, self.store.puts = False, False, None, 0
        await self.home.database.pool.execute(
            "TRUNCATE ingest.upload, ingest.pending_blob, ingest.deleted_study, ingest.purge_blob, ingest.outbox"
            " CASCADE"
        )
        for key in [blob.key async for blob in self.home.blobs.list("")]:
            await self.home.blobs.delete(key)
        return self

    async def upload(self, *bodies: bytes, to: str = "/api/v1/uploads", **fields: str) -> httpx.Response:
        files = [("files", (f"a/{number}.dcm", body)) for number, body in enumerate(bodies)]
        return await self.http.post(to, files=files, data=fields)

    async def stow(self, *bodies: bytes, path: str = "", **headers: str) -> httpx.Response:
        content, kind = related(bodies)
        sent = {"content-type": kind, **headers}
        return await self.http.post(f"/dicom-web/studies{path}", content=content, headers=sent)

    async def raw(self, *pieces: bytes) -> bytes:
        """Send bytes as they are; what comes back until the connection ends."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            return await reader.read()
        finally:
            writer.close()


def related(bodies: Sequence[bytes], boundary: str = "edge", quoted: bool = False) -> tuple[bytes, str]:
    """A multipart/related body and its content type."""
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    content = b"".join(head + body + b"\r\n" for body in bodies) + f"--{boundary}--\r\n".encode()
    said = f'"{boundary}"' if quoted else boundary
    return content, f'multipart/related; type="application/dicom"; boundary={said}'


@asynccontextmanager
async def open_door(
    server: str, folder: Path, wire: DatabaseWire | None = None, **settings: Any
) -> AsyncIterator[Door]:
    """Ingest on a database of its own of that server; its background tasks do not run."""
    async with (
        empty_database(server) as direct,
        open_journey_home(wire.dsn(direct) if wire else direct, folder, [service], **settings) as opened,
    ):
        store = FaultyBlobs(opened.blobs)
        home = replace(opened, blobs=store)
        async with (
            service.open(home) as running,
            served(home, {service.name: running}) as port,
            client_of(port) as http,
        ):
            yield Door(http, home, store, running, port)

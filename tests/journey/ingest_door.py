"""The service ingest alone, answering on a real port, and what tests ask it and its home."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import uvicorn

from chassis.adapters.folder_blobs import folder_blobs
from chassis.adapters.postgres_log import postgres_log
from chassis.database import open_database
from chassis.host import build_app
from chassis.migrate import migrate
from chassis.ports import BlobStore
from chassis.secrets import SiteKeys
from chassis.service import Home, Running
from chassis.settings import Settings
from services.ingest.service import service


@dataclass(frozen=True)
class Door:
    """A running ingest: its client, its home, and the address for raw sockets."""

    http: httpx.AsyncClient
    home: Home
    running: Running
    port: int

    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        return list(await self.home.database.pool.fetch(sql, *values))

    async def value(self, sql: str, *values: Any) -> Any:
        return await self.home.database.pool.fetchval(sql, *values)

    async def stored(self) -> int:
        return int(await self.value("SELECT count(*) FROM ingest.instance"))

    async def blobs(self) -> list[str]:
        return [blob.key async for blob in self.home.blobs.list("dicom/")]

    async def upload(self, *bodies: bytes, **fields: str) -> httpx.Response:
        files = [("files", (f"a/{number}.dcm", body)) for number, body in enumerate(bodies)]
        return await self.http.post("/api/v1/uploads", files=files, data=fields)

    async def stow(self, *bodies: bytes, path: str = "", **headers: str) -> httpx.Response:
        content, kind = related(bodies)
        sent = {"content-type": kind, **headers}
        return await self.http.post(f"/dicom-web/studies{path}", content=content, headers=sent)

    async def raw(self, *pieces: bytes, close: bool = False) -> bytes:
        """Send bytes as they are; what comes back until the connection ends."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            if close:
                return b""
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
async def open_door(dsn: str, folder: Path, blobs: BlobStore | None = None, **settings: Any) -> AsyncIterator[Door]:
    """Ingest with its tables on an empty database; `blobs` stands in for the folder when given."""
    said = Settings(data=folder, **settings)
    async with (
        open_database(dsn) as database,
        postgres_log(dsn, 2) as events,
        folder_blobs(folder / "blobs") as folder_store,
    ):
        home = Home(said, database, events, blobs or folder_store, SiteKeys(b"0" * 32))
        await migrate(database, [service])
        async with service.open(home) as running, _served(home, running) as port:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
                yield Door(http, home, running, port)


@asynccontextmanager
async def _served(home: Home, running: Running) -> AsyncIterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = build_app(home, {service.name: running})
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await task



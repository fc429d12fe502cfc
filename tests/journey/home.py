"""What a service alone stands on in a journey: an empty database, a home as the host opens it, a real port."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from pydantic import SecretStr

from chassis.backends import open_home
from chassis.db.migrate import migrate
from chassis.runtime import build_app
from chassis.secrets import site_keys
from chassis.service import Home, Running, Service
from chassis.settings import Settings
from services.access.service import service as access
from tests.addresses import addresses_for
from tests.caller import HEADERS, KEY

_SITE_KEY = "the site key of journeys"
KEYS = site_keys(Settings(site_key=SecretStr(_SITE_KEY)))


@asynccontextmanager
async def open_journey_home(
    dsn: str, folder: Path, services: Sequence[Service] = (), **settings: Any
) -> AsyncIterator[Home]:
    """On that database, with these services' tables; events and blobs lie where the folder says."""
    said = {"data": folder, "database": dsn, "site_key": _SITE_KEY, "partitions": 2, "admin_key": KEY}
    async with open_home(Settings(**{**said, **addresses_for(folder), **settings})) as home:
        await migrate(home.database, [access, *services])
        yield home


@asynccontextmanager
async def served(home: Home, running: Mapping[str, Running]) -> AsyncIterator[int]:
    """The port on which the routes of the services answer; their background tasks do not run."""
    # With the protocol named, asyncio sends small answers at once instead of waiting for an acknowledgement.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        app = build_app(home, running)
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        )
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            await task


def client_of(port: int) -> httpx.AsyncClient:
    """With the first key. Whoever opens it closes it."""
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=HEADERS, timeout=120)

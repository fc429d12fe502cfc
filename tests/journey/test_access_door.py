"""At the door: nobody's body is read, a key counts in every process, and nothing that is printed holds one."""

import asyncio
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.addresses import empty_database
from tests.caller import HEADERS, KEY
from tests.journey.home import client_of, open_journey_home
from tests.journey.ingest_door import Door, open_door
from tests.system import free_port
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
async def door(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    async with open_door(postgres_server, tmp_path_factory.mktemp("door")) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/dicom-web/studies", "/api/v1/uploads", "/api/v1/uploads/check"])
async def test_a_strangers_body_is_not_even_asked_for(door: Door, path: str) -> None:
    """A21: Expect: 100-continue is answered with 401 and the end of the connection."""
    said = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/dicom", "Content-Length: 99999999",
            "Expect: 100-continue", "Connection: close", "", ""]  # fmt: skip
    async with asyncio.timeout(120):
        answer = await door.raw("\r\n".join(said).encode())
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"100 Continue" not in answer
    assert b"connection: close" in answer.lower()


async def test_a_strangers_chunks_are_refused_early(door: Door) -> None:
    """A21: also who sends without waiting is answered."""
    said = "POST /dicom-web/studies HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    async with asyncio.timeout(120):
        assert (await door.raw(said.encode(), *[chunk] * 4)).startswith(b"HTTP/1.1 401 ")
    assert await door.is_clean()


@asynccontextmanager
async def _process(dsn: str, folder: Path, name: str, **settings: str) -> AsyncIterator[tuple[httpx.AsyncClient, Path]]:
    """A service of its own on that database; what it prints lies in the file."""
    port, printed = free_port(), folder / f"{name}.log"
    said = {"RCDM_DATABASE": dsn, "RCDM_DATA": str(folder / name), "RCDM_LISTEN": f"127.0.0.1:{port}",
            "RCDM_SITE_KEY": "what this site keeps", "RCDM_ADMIN_KEY": KEY, "RCDM_LOG": "json", **settings}  # fmt: skip
    with printed.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services", "serve", name, env={**os.environ, **said}, stdout=log, stderr=log
        )
    async with client_of(port) as http:
        try:
            await until(lambda: _is_ready(http, process), what=f"{name} is ready")
            yield http, printed
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _is_ready(http: httpx.AsyncClient, process: asyncio.subprocess.Process) -> bool:
    assert process.returncode is None, "it ended"
    try:
        return (await http.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def test_a_key_made_in_one_process_counts_in_another_until_it_is_revoked(
    postgres_server: str, tmp_path: Path
) -> None:
    """F3, F7: the catalogue asks nobody but the table; F13: neither process prints a key."""
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(empty_database(postgres_server))
        access, first_log = await stack.enter_async_context(_process(dsn, tmp_path, "access"))
        catalog, second_log = await stack.enter_async_context(_process(dsn, tmp_path, "catalog"))
        body = {"name": "x", "roles": ["researcher"], "hospitals": None, "days": 1}
        made = (await access.post("/api/v1/keys", json=body)).json()
        caller = {"Authorization": f"Bearer {made['key']}"}
        assert (await catalog.get("/api/v1/statistics", headers=caller)).status_code == 200
        cookie = await access.post("/api/v1/session", headers=caller)
        session = {"Cookie": cookie.headers["set-cookie"].partition(";")[0], "Authorization": ""}
        assert (await catalog.get("/api/v1/statistics", headers=session)).status_code == 200
        await access.delete(f"/api/v1/keys/{made['key_id']}")

        async def is_refused() -> bool:
            return (await catalog.get("/api/v1/statistics", headers=caller)).status_code == 401

        await until(is_refused, what="the key is refused")
        assert (await catalog.get("/api/v1/statistics", headers=session)).status_code == 401
        printed = first_log.read_text() + second_log.read_text()
    assert made["key"].split("_", 2)[2] not in printed
    assert KEY not in printed


async def test_headers_that_name_a_user_make_nobody_one(door: Door) -> None:
    """F7: who sends what a proxy might say is still nobody."""
    said = dict.fromkeys(("X-User", "X-Remote-User", "X-Forwarded-User", "X-Roles", "X-Site", "Remote-User"), "admin")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{door.port}", headers=said) as http:
        assert (await http.get("/api/v1/uploads")).status_code == 401


async def test_another_sites_pages_are_told_nothing(door: Door) -> None:
    """F15: no CORS header, with a key or without."""
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for headers in (asked, {**asked, **HEADERS}):
        for method in ("GET", "OPTIONS"):
            answer = await door.http.request(method, "/api/v1/uploads", headers=headers)
            assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_the_trail_cannot_be_changed(postgres_server: str, tmp_path: Path) -> None:
    """F11: it only grows."""
    async with empty_database(postgres_server) as dsn, open_journey_home(dsn, tmp_path) as home:
        await home.database.pool.execute(
            "INSERT INTO access.trail (subject, action, route, outcome, objects, reason, client, request_id)"
            " VALUES ('s', 'a', 'r', 'o', '{}', '', '', '')"
        )
        for sql in ("UPDATE access.trail SET subject = 't'", "DELETE FROM access.trail", "TRUNCATE access.trail"):
            with pytest.raises(Exception, match="the trail only grows"):
                await home.database.pool.execute(sql)


async def test_guesses_are_written_down_once_a_second(door: Door) -> None:
    """F11: guessing fills no disk."""
    began, before = time.monotonic(), await door.value("SELECT count(*) FROM access.trail")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{door.port}", timeout=30) as http:

        async def guess() -> int:
            key = f"rcdm_{secrets.token_hex(6)}_{secrets.token_urlsafe(32)}"
            return (await http.get("/api/v1/uploads", headers={"Authorization": f"Bearer {key}"})).status_code

        assert set(await asyncio.gather(*(guess() for _ in range(100)))) == {401}
    written = await door.value("SELECT count(*) FROM access.trail") - before
    assert 1 <= written <= time.monotonic() - began + 1

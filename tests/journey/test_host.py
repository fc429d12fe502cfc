"""A process from its first second to its last: it waits for what is away, and ends without losing what it was given."""

import asyncio
import os
import re
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from pydantic import SecretStr

from chassis.auth.access import public
from chassis.errors import SettingsError
from chassis.messaging.postgres.log import postgres_log
from chassis.messaging.topics import EXPORT_REQUESTED
from chassis.runtime import serve
from chassis.service import Home, Reaction, Running, Service
from chassis.settings import Settings
from proto.rcdm.v1 import events_pb2 as pb
from tests.journey.database_wire import database_wire
from tests.system import free_port
from tests.waiting import until

GROUP = "slow"
_SITE_KEY = SecretStr("what all processes of this site share")


class Slow:
    """A service that takes as long as the test wants, for a request and for a record."""

    def __init__(self) -> None:
        self.may_answer, self.may_handle = asyncio.Event(), asyncio.Event()
        self.asked, self.handling = asyncio.Event(), asyncio.Event()
        self.handled: list[str] = []
        self.handed_back = 0

    async def handle(self, batch: Sequence[Any]) -> None:
        self.handling.set()
        try:
            await self.may_handle.wait()
        except asyncio.CancelledError:
            self.handed_back += len(batch)
            raise
        self.handled += [received.key for received in batch]

    @property
    def service(self) -> Service:
        routes = APIRouter()

        @routes.get("/slow")
        @public
        async def slow() -> str:
            self.asked.set()
            await self.may_answer.wait()
            return "answered"

        @asynccontextmanager
        async def opened(_: Home) -> AsyncIterator[Running]:
            yield Running(routes=[routes], reactions=[Reaction(EXPORT_REQUESTED, self.handle)])

        return Service(GROUP, opened)


@asynccontextmanager
async def serving(slow: Slow, settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, "asyncio.Task[None]"]]:
    """The host as a task of this test; it is told to stop at the end if it was not before."""
    host = asyncio.create_task(serve(settings, [slow.service]))
    try:
        async with httpx.AsyncClient(base_url=f"http://{settings.listen}", timeout=30) as http:

            async def answers() -> bool:
                try:
                    return (await http.get("/livez")).text == "ok"
                except httpx.TransportError:
                    return False

            await until(answers, what="it answers")
            yield http, host
    finally:
        if not host.done():
            os.kill(os.getpid(), signal.SIGTERM)
        await host


async def is_ready(http: httpx.AsyncClient) -> bool:
    return (await http.get("/readyz")).status_code == 200


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, database=database, site_key=_SITE_KEY, listen=f"127.0.0.1:{free_port()}")


async def test_told_to_stop_it_hands_records_back_and_answers_who_asked(settings: Settings) -> None:
    """C13: nothing is lost, nothing is committed that was not handled, and the request in flight is answered."""
    slow, event = Slow(), EXPORT_REQUESTED.event("a", pb.ExportRequested(dataset="a"))
    async with serving(slow, settings) as (http, host), postgres_log(settings.database, 2) as log:
        await until(lambda: is_ready(http), what="it is ready")
        await log.append(EXPORT_REQUESTED.name, [event])
        asked = asyncio.create_task(http.get("/slow"))
        await until(lambda: slow.asked.is_set() and slow.handling.is_set(), what="both are under way")
        os.kill(os.getpid(), signal.SIGTERM)
        await until(lambda: slow.handed_back == 1, what="the record is handed back while the request is still served")
        assert not host.done()
        slow.may_answer.set()
        assert (await asked).json() == "answered"
        async with asyncio.timeout(60):
            await host
        assert (slow.handled, await log.lag(EXPORT_REQUESTED.name, GROUP)) == ([], 1)
    slow.may_handle.set()
    async with serving(slow, settings):
        await until(lambda: slow.handled == ["a"], what="who comes next handles it")


async def test_told_twice_it_does_not_wait_for_requests(settings: Settings) -> None:
    slow = Slow()
    async with serving(slow, settings) as (http, host):
        await until(lambda: is_ready(http), what="it is ready")
        asked = asyncio.create_task(http.get("/slow"))
        await until(slow.asked.is_set, what="it is asked")
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await host
        slow.may_answer.set()
        await asyncio.gather(asked, return_exceptions=True)


async def test_what_is_away_at_the_start_is_waited_for_alive_and_not_ready(
    postgres_server: str, database: str, tmp_path: Path
) -> None:
    """C24: no crash loop; a caller is told to try again."""
    with tempfile.TemporaryDirectory() as short:  # a socket's path has few characters
        async with database_wire(postgres_server, Path(short)) as wire:
            wire.cut()
            listen = f"127.0.0.1:{free_port()}"
            settings = Settings(data=tmp_path, database=wire.dsn(database), site_key=_SITE_KEY, listen=listen)
            async with serving(Slow(), settings) as (http, _):
                assert (await http.get("/readyz")).json()["missing"] == ["starting"]
                early = await http.post("/dicom-web/studies")
                assert (early.status_code, early.headers["content-type"]) == (503, "application/problem+json")
                assert "retry-after" in early.headers
                wire.mend()
                await until(lambda: is_ready(http), what="it is ready")


async def test_told_to_stop_while_it_waits_it_ends(postgres_server: str, database: str, tmp_path: Path) -> None:
    """C13"""
    with tempfile.TemporaryDirectory() as short:
        async with database_wire(postgres_server, Path(short)) as wire:
            wire.cut()
            listen = f"127.0.0.1:{free_port()}"
            async with (
                serving(
                    Slow(), Settings(data=tmp_path, database=wire.dsn(database), site_key=_SITE_KEY, listen=listen)
                ) as (_, host),
                asyncio.timeout(10),
            ):
                os.kill(os.getpid(), signal.SIGTERM)
                await host


async def test_a_database_that_is_not_there_is_a_wrong_setting_and_not_waited_for(
    database: str, tmp_path: Path
) -> None:
    """G4"""
    wrong = re.sub(r"/test_\w+", "/nowhere", database)
    settings = Settings(data=tmp_path, database=wrong, site_key=_SITE_KEY, listen=f"127.0.0.1:{free_port()}")
    with pytest.raises(SettingsError, match="RCDM_DATABASE: the server answers and refuses us"):
        await serve(settings, [Slow().service])

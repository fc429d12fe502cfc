"""What an orchestrator hears: alive without asking anybody, ready only when everything is, and why not."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from chassis.errors import Unavailable
from chassis.http.health import Consumer, Health, health_routes
from chassis.service import Home
from chassis.telemetry.metrics import DEPENDENCY, JOINED
from tests.journey.test_waiting_numbers import value

_CONSUMER = Consumer("extract", "instance.received")


@dataclass
class Part:
    """Something to stand on: answers, hangs, or fails."""

    error: Exception | None = None
    hangs: bool = False
    joined: set[Consumer] = field(default_factory=set)
    asked: int = 0

    async def check(self) -> None:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error

    def has_joined(self, topic: str, group: str) -> bool:
        return Consumer(group, topic) in self.joined


@dataclass(frozen=True)
class Stand:
    database: Part
    events: Part
    blobs: Part


@pytest.fixture
def stand() -> Stand:
    return Stand(Part(), Part(joined={_CONSUMER}), Part())


@pytest.fixture
def health(stand: Stand) -> Health:
    return Health(cast(Home, stand), [_CONSUMER])


@pytest.fixture
async def http(health: Health) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(health_routes(health))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def _missing(http: httpx.AsyncClient) -> Any:
    answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert "retry-after" in answer.headers
    return answer.json()["missing"]


async def test_alive_is_answered_without_asking_anybody(http: httpx.AsyncClient, stand: Stand) -> None:
    """C24"""
    assert (await http.get("/livez")).text == "ok"
    assert (stand.database.asked, stand.events.asked, stand.blobs.asked) == (0, 0, 0)


async def test_ready_is_who_has_everything_he_stands_on(http: httpx.AsyncClient) -> None:
    """C24"""
    assert (await http.get("/readyz")).json() == {"ready": True}


async def test_what_is_away_is_named_without_its_address(http: httpx.AsyncClient, stand: Stand) -> None:
    """C24: also when the error is one we never heard of and quotes a password."""
    stand.database.error = ValueError("postgresql://rcdm:canary@db/rcdm")
    stand.blobs.error = Unavailable("The store is away.")
    answer = await http.get("/readyz")
    assert answer.json()["missing"] == ["database", "blobs"]
    assert "canary" not in answer.text
    assert value(DEPENDENCY, dependency="database") == 0
    assert value(DEPENDENCY, dependency="events") == 1


async def test_checks_run_at_once_and_have_an_end(http: httpx.AsyncClient, stand: Stand) -> None:
    """C24: a probe that waits eight seconds hears the answer."""
    for part in (stand.database, stand.events, stand.blobs):
        part.hangs = True
    started = time.monotonic()
    assert await _missing(http) == ["database", "events", "blobs"]
    assert time.monotonic() - started < 6


async def test_nobody_is_ready_before_his_consumers_have_joined(http: httpx.AsyncClient, stand: Stand) -> None:
    """C24"""
    stand.events.joined.clear()
    assert await _missing(http) == ["consumer extract of instance.received"]
    assert value(JOINED, group="extract", topic="instance.received") == 0
    stand.events.joined.add(_CONSUMER)
    assert (await http.get("/readyz")).status_code == 200


async def test_who_is_told_to_stop_is_not_ready_at_once(http: httpx.AsyncClient, health: Health, stand: Stand) -> None:
    """C13"""
    health.is_stopping = True
    assert await _missing(http) == ["stopping"]
    assert stand.database.asked == 0

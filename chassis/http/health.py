"""Health: what an orchestrator and a scraper ask of a process, from its first second to its last."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from chassis.auth.access import public
from chassis.errors import reason_of
from chassis.http.app import problem
from chassis.service import Home
from chassis.telemetry.metrics import DEPENDENCY, JOINED

_CHECK_SECONDS = 3  # all checks run at once: a probe that waits five seconds hears the answer


@dataclass(frozen=True)
class Consumer:
    """A group's subscription of a topic in this process."""

    group: str
    topic: str


@dataclass
class Health:
    """Ready is who has a home that answers, whose consumers have joined their groups, and who is not stopping."""

    home: Home | None = None
    consumers: Sequence[Consumer] = field(default_factory=list)
    is_stopping: bool = False
    troubles: Mapping[str, str] = field(default_factory=dict)  # for the log alone: what does not answer, and why

    async def missing(self) -> list[str]:
        """What keeps this process from being ready, by name and without an address or a secret."""
        if self.is_stopping:
            return ["stopping"]
        if self.home is None:
            return ["starting"]
        return [*await self._away(self.home), *self._not_joined(self.home)]

    async def _away(self, home: Home) -> list[str]:
        checks = {"database": home.database.check, "events": home.events.check, "blobs": home.blobs.check}
        found = zip(checks, await asyncio.gather(*map(_trouble, checks.values())), strict=True)
        self.troubles = {name: trouble for name, trouble in found if trouble}
        for name in checks:
            DEPENDENCY.labels(name).set(name not in self.troubles)
        return list(self.troubles)

    def _not_joined(self, home: Home) -> list[str]:
        joined = {one: home.events.has_joined(one.topic, one.group) for one in self.consumers}
        for one, is_member in joined.items():
            JOINED.labels(one.group, one.topic).set(is_member)
        return [f"consumer {one.group} of {one.topic}" for one, is_member in joined.items() if not is_member]


async def _trouble(check: Callable[[], Awaitable[None]]) -> str:
    """Empty: it answers."""
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check()
    except Exception as error:  # whatever it is, it does not answer us
        return reason_of(error)
    return ""


def health_routes(health: Health) -> APIRouter:
    routes = APIRouter(include_in_schema=False)  # of this port, not of the public address

    @routes.get("/livez")
    @public
    async def livez() -> Response:
        """The process answers; nothing else is touched."""
        return PlainTextResponse("ok")

    @routes.get("/readyz")
    @public
    async def readyz() -> Response:
        """200 when everything we stand on answers and all consumers have joined; 503 names what is missing."""
        missing = await health.missing()
        if missing:
            return problem(503, "Not ready", f"Missing: {', '.join(missing)}.", "", missing=missing)
        return JSONResponse({"ready": True})

    @routes.get("/metrics")
    @public
    async def metrics() -> Response:
        """Numbers for Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes

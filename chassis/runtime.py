"""The host: answers from its first second, opens backends and services, owns their tasks, and ends in order.

Every few seconds it measures what no request brings about: lag, health, the outbox, the disk.
"""

import asyncio
import shutil
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from math import nan
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import Response

from chassis.auth.gate import check_start, open_gate, refuse_undecided
from chassis.auth.openapi import DescribedApp
from chassis.backends import open_home
from chassis.db.migrate import migrate
from chassis.errors import reason_of
from chassis.http.app import PROBLEMS, Envelope, add_error_handlers, problem, request_id
from chassis.http.health import Consumer, Health, health_routes
from chassis.http.server import Entrance, Server, listen, new_server
from chassis.messaging.consumer import is_passing, may_pass, patiently, react
from chassis.messaging.ports import EventLog, Record
from chassis.messaging.topics import dead_letters_of
from chassis.service import Burials, Home, Running, Service
from chassis.settings import Settings
from chassis.telemetry.metrics import DISK_FREE, DISK_SIZE, INFO, LAG, log
from chassis.telemetry.tracing import Traced, is_tracing, tracing

_PAUSE_SECONDS = 5.0

VERSION = "0.1.0"
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 10.0


async def watch(health: Health) -> None:
    """Until cancelled."""
    was_missing: list[str] = []
    while True:
        missing = await health.missing()
        if missing and missing != was_missing:
            log.warning("not ready", missing=missing, **health.troubles)
        elif was_missing and not missing:
            log.info("ready")
        was_missing = missing
        if health.home:
            await _measure_disk(health.home.settings.data)
            for consumer in health.consumers:
                await measure_lag(health.home.events, consumer)
        await asyncio.sleep(_PAUSE_SECONDS)


async def measure_lag(events: EventLog, consumer: Consumer) -> None:
    """A log that is away makes the number unknown: the last one known would look like a group that stands still."""
    try:
        lag: float = await events.lag(consumer.topic, consumer.group)
    except Exception as error:
        if not may_pass(error):
            raise
        lag = nan
    LAG.labels(consumer.group, consumer.topic).set(lag)


async def _measure_disk(folder: Path) -> None:
    try:
        usage = await asyncio.to_thread(shutil.disk_usage, folder)
    except FileNotFoundError:  # nothing was ever kept here
        return
    DISK_FREE.set(usage.free)
    DISK_SIZE.set(usage.total)


async def serve(
    settings: Settings, services: Sequence[Service], ready: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Run the services until SIGTERM or SIGINT. A background task that dies takes the process with it.

    Until what they stand on answers it waits, alive and not ready. `ready` runs beside the services once they
    answer. Raises SettingsError, and what a dead task raised.
    """
    check_start(settings)
    health = Health()
    INFO.labels(VERSION).set(1)
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(listen(settings))
        stack.enter_context(tracing(settings.traces, [service.name for service in services]))
        entrance = Entrance(_starting_app(health))
        server = new_server(entrance, settings)
        http = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            async with asyncio.timeout(None) as until_told:
                stack.enter_context(_signals(partial(_stop, health, server, until_told)))
                home, running = await _opened(stack, settings, services)
                health.home, health.consumers = home, consumers(running)
                entrance.app = build_app(home, running, health)
                await _work(home, running, health, http, ready)
        except TimeoutError:
            if not health.is_stopping:
                raise
        finally:
            # Whatever ended us: the requests in flight first, then the home they stand on (reliability C13).
            server.should_exit = True
            await http


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _stop(health: Health, server: Server, until_told: asyncio.Timeout) -> None:
    """Not ready, no new connections, and the end of all tasks: each hands back what it has not finished.

    Told twice, nobody waits for the requests in flight.
    """
    if health.is_stopping:
        server.force_exit = True
        return
    health.is_stopping = server.should_exit = True
    until_told.reschedule(asyncio.get_running_loop().time())


async def _opened(
    stack: AsyncExitStack, settings: Settings, services: Sequence[Service]
) -> tuple[Home, dict[str, Running]]:
    """The home and the services on it; waits as long as something of it is away."""
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            async with AsyncExitStack() as attempt:
                home = await attempt.enter_async_context(open_home(settings))
                await migrate(home.database, services)
                running = {service.name: await attempt.enter_async_context(service.open(home)) for service in services}
                await stack.enter_async_context(attempt.pop_all())
                return home, running
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("start waits", reason=reason_of(error), pause_seconds=pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


async def _work(
    home: Home,
    running: Mapping[str, Running],
    health: Health,
    http: "asyncio.Task[None]",
    ready: Callable[[], Awaitable[None]] | None,
) -> None:
    async with asyncio.TaskGroup() as group:
        for name, task in _background(home, running):
            group.create_task(_endless(name, task), name=name)
        group.create_task(_endless("watch", partial(watch, health)))
        group.create_task(_endless("http", partial(asyncio.wait, {http})))
        if ready:
            group.create_task(_once(ready))


def _background(home: Home, running: Mapping[str, Running]) -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    found: list[tuple[str, Callable[[], Awaitable[object]]]] = []
    for name, service in running.items():
        for reaction in service.reactions:
            work = partial(react, home.events, name, reaction, home.settings.max_attempts)
            found.append((f"{name}:{reaction.topic.name}", work))
        for burials in service.burials:
            found.append((f"{name}:dead.{burials.group}", partial(_mourn, home, name, burials)))
        for number, task in enumerate(service.tasks):
            found.append((f"{name}:{number}", task))
    return found


def consumers(running: Mapping[str, Running]) -> list[Consumer]:
    """Every subscription of the running services."""
    return [
        Consumer(name, topic)
        for name, service in running.items()
        for topic in (
            *(reaction.topic.name for reaction in service.reactions),
            *(dead_letters_of(burials.group) for burials in service.burials),
        )
    ]


async def _mourn(home: Home, group: str, burials: Burials) -> None:
    async def handle(records: Sequence[Record]) -> None:
        await patiently(lambda: burials.handle(records), group)

    await home.events.subscribe(dead_letters_of(burials.group), group, handle)


async def _endless(name: str, task: Callable[[], Awaitable[object]]) -> None:
    await task()
    raise RuntimeError(f"The background task {name} ended; it should not.")


async def _once(task: Callable[[], Awaitable[None]]) -> None:
    await task()


def build_app(home: Home, running: Mapping[str, Running], health: Health | None = None) -> FastAPI:
    """All routes of the running services in one URL space, behind one gate. Raises RuntimeError (refuse_undecided)."""
    app = _bare_app(health or Health(home))
    app.state.gate = open_gate(home)
    routers = [routes for service in running.values() for routes in service.routes]
    refuse_undecided(routers)
    for routes in routers:
        app.include_router(routes)
    return app


def _starting_app(health: Health) -> FastAPI:
    app = _bare_app(health)

    @app.api_route("/{path:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    async def not_yet(request: Request) -> Response:
        return problem(503, "Starting", "What this service stands on is awaited; try again.", request_id(request))

    return app


def _bare_app(health: Health) -> FastAPI:
    app = DescribedApp(
        title="rcdm",
        version=VERSION,
        description="Radiology CDM: DICOM in, searchable R-CDM rows and pictures, versioned data sets out.",
        openapi_url=None,  # one document tells of all services, whichever run here: front serves it
        responses=PROBLEMS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    add_error_handlers(app)
    app.include_router(health_routes(health))
    app.add_middleware(Envelope)
    if is_tracing():
        app.add_middleware(Traced)
    return app

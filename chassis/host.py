"""The host: opens the home and the services, owns the task group, and runs the HTTP server inside it."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress

import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from chassis.errors import RcdmError, SettingsError
from chassis.home import open_home
from chassis.http import PROBLEMS, Envelope, add_error_handlers, problem
from chassis.migrate import migrate
from chassis.ports import Record
from chassis.service import Burials, Home, Running, Service
from chassis.settings import Settings
from chassis.telemetry import LAG, log
from chassis.topics import dead_letters_of
from chassis.worker import patiently, react

VERSION = "0.1.0"
_LAG_SECONDS = 5.0
_GRACE_SECONDS = 10
_IDLE_SECONDS = 75  # longer than the gateway keeps an idle connection: a request must not meet one that closes


async def serve(
    settings: Settings, services: Sequence[Service], ready: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Run the services until SIGTERM or SIGINT. A background task that dies takes the process with it.

    `ready` runs beside the services once they answer. Raises what the dead task raised.
    """
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(_listen(settings))
        home = await stack.enter_async_context(open_home(settings))
        await migrate(home.database, services)
        running = {service.name: await stack.enter_async_context(service.open(home)) for service in services}
        server = _server(build_app(home, running), settings)
        await _run(home, running, server, listener, ready)


async def _run(
    home: Home,
    running: dict[str, Running],
    server: "_Server",
    listener: socket.socket,
    ready: Callable[[], Awaitable[None]] | None,
) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_endless(name, task), name=name) for name, task in _background(home, running)]
        tasks.append(group.create_task(_endless("lag", lambda: _watch_lag(home, running))))
        http = group.create_task(server.serve(sockets=[listener]))
        if ready:
            tasks.append(group.create_task(_after_start(server, ready)))
        waiter = group.create_task(stopping.wait())
        await asyncio.wait({http, waiter}, return_when=asyncio.FIRST_COMPLETED)
        # No new work, then the requests in flight, then the home (reliability C13).
        for task in [*tasks, waiter]:
            task.cancel()
        server.should_exit = True
        await http


def _background(home: Home, running: dict[str, Running]) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
    found: list[tuple[str, Callable[[], Awaitable[None]]]] = []
    for name, service in running.items():
        for reaction in service.reactions:
            found.append(
                (f"{name}:{reaction.topic.name}",
                 lambda n=name, r=reaction: react(home.events, n, r, home.settings.max_attempts))  # type: ignore[misc]
            )  # fmt: skip
        for burials in service.burials:
            found.append((f"{name}:dead.{burials.group}", lambda n=name, b=burials: _mourn(home, n, b)))  # type: ignore[misc]
        for number, task in enumerate(service.tasks):
            found.append((f"{name}:{number}", task))
    return found


async def _mourn(home: Home, group: str, burials: Burials) -> None:
    async def handle(records: Sequence[Record]) -> None:
        await patiently(lambda: burials.handle(records), group)

    await home.events.subscribe(dead_letters_of(burials.group), group, handle)


async def _endless(name: str, task: Callable[[], Awaitable[None]]) -> None:
    await task()
    raise RuntimeError(f"The background task {name} ended; it should not.")


async def _after_start(server: "_Server", ready: Callable[[], Awaitable[None]]) -> None:
    while not server.started:
        await asyncio.sleep(0.02)
    await ready()


async def _watch_lag(home: Home, running: dict[str, Running]) -> None:
    while True:
        for name, service in running.items():
            for reaction in service.reactions:
                with suppress(RcdmError):  # a home that is away shows in /readyz
                    LAG.labels(name, reaction.topic.name).set(await home.events.lag(reaction.topic.name, name))
        await asyncio.sleep(_LAG_SECONDS)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the host decides when to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(settings: Settings) -> socket.socket:
    """Taken before anything is opened, so that a taken port is told at once. Raises SettingsError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol is named, for only then asyncio sets TCP_NODELAY: without it each answer waits 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"RCDM_LISTEN: cannot listen on {settings.listen} ({error.strerror}); stop what listens there or "
            "write another address, such as 127.0.0.1:8001."
        ) from None
    return listener


def _server(app: FastAPI, settings: Settings) -> "_Server":
    return _Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=settings.proxies,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )


def build_app(home: Home, running: dict[str, Running]) -> FastAPI:
    """All routes of the running services in one URL space."""
    app = FastAPI(
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
    app.include_router(_health(home))
    for service in running.values():
        for routes in service.routes:
            app.include_router(routes)
    app.add_middleware(Envelope)
    return app


def _health(home: Home) -> APIRouter:
    routes = APIRouter(include_in_schema=False)  # of this port, not of the public address

    @routes.get("/livez")
    async def livez() -> Response:
        """The process answers; nothing else is touched."""
        return PlainTextResponse("ok")

    @routes.get("/readyz")
    async def readyz() -> Response:
        """200 when everything we stand on answers; 503 names what does not."""
        checks = {"database": home.database.check, "events": home.events.check, "blobs": home.blobs.check}
        away = [name for name, check in checks.items() if not await _answers(check)]
        if away:
            return problem(503, "Not ready", f"Away: {', '.join(away)}.", "", away=away)
        return JSONResponse({"ready": True, "version": VERSION})

    @routes.get("/metrics")
    async def metrics() -> Response:
        """Numbers for Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes


async def _answers(check: Callable[[], Awaitable[None]]) -> bool:
    try:
        async with asyncio.timeout(5):
            await check()
    except (RcdmError, TimeoutError) as error:
        log.warning("not ready", reason=type(error).__name__)
        return False
    return True

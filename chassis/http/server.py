"""The HTTP server: where it listens, how long it waits, and that the host alone tells it to stop."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.errors import SettingsError
from chassis.settings import Settings

GRACE_SECONDS = 20
_IDLE_SECONDS = 75  # longer than the gateway keeps an idle connection: a request must not meet one that closes


class Entrance:
    """What answers at the moment: the start has its own application, then comes everything."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def new_server(app: ASGIApp, settings: Settings) -> Server:
    """Requests in flight get GRACE_SECONDS when it is told to stop."""
    return Server(
        uvicorn.Config(
            app,
            log_config=None,  # its lines come out as ours do
            log_level="warning",
            access_log=False,
            lifespan="off",
            interface="asgi3",
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=settings.proxies,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )


def listen(settings: Settings) -> socket.socket:
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

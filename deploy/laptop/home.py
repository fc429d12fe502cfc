"""One rcdm on a cluster home: its services, a process each, and the gateway in front of them."""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.laptop.gateway import gateway
from deploy.laptop.ports import HOST, kept_port
from deploy.laptop.server import Server, ServerFailed, plain_environment
from deploy.laptop.service import CHECKOUT, service
from services import SERVICES

_ALONE = ("ingest", "catalog", "export", "operations")
_MIGRATE_SECONDS = 120


@dataclass(frozen=True)
class Rcdm:
    """`ingest` and the others, as many `extract` as asked for, and the `gateway`, whose address is the public one."""

    services: tuple[Server, ...]
    gateway: Server
    settings: Mapping[str, str]

    @property
    def address(self) -> str:
        return self.gateway.address

    def migrate(self) -> None:
        """Once, before any service starts, as the chart's hook does. Raises ServerFailed."""
        command = [sys.executable, "-m", "services", "migrate"]
        environment = plain_environment(**self.settings, RCDM_DATA=str(self.gateway.folder / "data"))
        done = subprocess.run(
            command, env=environment, cwd=CHECKOUT, capture_output=True, text=True, timeout=_MIGRATE_SECONDS
        )
        if done.returncode:
            raise ServerFailed(f"rcdm migrate failed: {done.stderr[-1000:]}")


def rcdm(folder: Path, addresses: Mapping[str, str], extract: int = 1) -> Rcdm:
    """`addresses` are the settings all services share, such as RCDM_DATABASE and RCDM_SITE_KEY."""
    public = f"http://{HOST}:{kept_port(folder / 'gateway')}"
    settings = {"RCDM_AUTH": "keys", "RCDM_PUBLIC_URL": public, **addresses}
    rest = [name for name in SERVICES if name not in (*_ALONE, "extract")]  # small: they share a process
    groups = {**{name: [name] for name in _ALONE}, "front": rest}
    groups |= {f"extract-{number}": ["extract"] for number in range(1, extract + 1)}
    started = {name: service(folder / name, names, settings, name) for name, names in groups.items()}
    ports = {name: started[name].port for name in (*_ALONE, "front")}
    return Rcdm(tuple(started.values()), gateway(folder / "gateway", ports, _limits(settings)), settings)


def start_all(servers: Iterable[Server]) -> None:
    """At once, and until all answer. Raises ServerFailed."""
    waiting = list(servers)
    for server in waiting:
        server.launch()
    for server in waiting:
        server.await_answer()


def _limits(settings: Mapping[str, str]) -> dict[str, str]:
    most = settings.get("RCDM_REQUEST_BYTES")
    return {"GATEWAY_REQUEST_BYTES": most} if most else {}


def stop_all(servers: Sequence[Server]) -> None:
    """In order, each by itself, all at once."""
    with ThreadPoolExecutor(len(servers)) as threads:
        list(threads.map(lambda server: server.stop(), servers))


def settings_of_ours() -> dict[str, str]:
    """What the user set for rcdm in the environment; where it lives is decided elsewhere."""
    decided = {"RCDM_DATA", "RCDM_LISTEN", "RCDM_MEMBER", "RCDM_DATABASE", "RCDM_EVENTS", "RCDM_BLOBS"}
    clients = {"RCDM_SERVER", "RCDM_KEY"}
    return {
        name: value for name, value in os.environ.items() if name.startswith("RCDM_") and name not in decided | clients
    }

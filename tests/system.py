"""A whole system on the home asked for, answering on a free port: one process, or a cluster's behind its gateway."""

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from chassis.blobs.local.store import folder_blobs
from chassis.blobs.s3.store import s3_blobs
from chassis.messaging.ports import BlobStore
from chassis.secrets import read_or_make
from chassis.settings import ADMIN_KEY_FILE
from deploy.laptop.home import Rcdm, start_all, stop_all
from deploy.laptop.home import rcdm as cluster_rcdm
from deploy.laptop.ports import HOST, answers_200
from deploy.laptop.server import Command, Server
from tests.addresses import addresses_for, is_cluster, make_database
from tests.caller import REASON

_SITE_KEY = "the site key of whole systems"


@dataclass(frozen=True)
class System:
    """`servers` are the processes of rcdm: one that does everything, or one for each service, ingest first."""

    address: str
    data: Path
    servers: tuple[Server, ...]

    @property
    def pid(self) -> int:
        """The process that takes uploads. Raises RuntimeError when it ended."""
        pid = self.servers[0].pid
        if pid is None:
            raise RuntimeError(f"{self.servers[0].name} ended: {self.servers[0].last_lines()}")
        return pid

    def server(self, name: str) -> Server:
        """The process of a service of a cluster: `extract-1`, `catalog` …"""
        return next(server for server in self.servers if server.name == name)

    def is_running(self) -> bool:
        return all(server.is_running() for server in self.servers)

    def blobs(self) -> AbstractAsyncContextManager[BlobStore]:
        """Its store, opened beside it."""
        return s3_blobs(addresses_for(self.data)["blobs"]) if is_cluster() else folder_blobs(self.data / "blobs")

    def printed(self) -> str:
        """All that its processes said."""
        return "".join(server.log.read_text() for server in self.servers)

    @property
    def key(self) -> str:
        """The first key."""
        return (self.data / ADMIN_KEY_FILE).read_text()

    def client(self, timeout: float = 60) -> httpx.Client:
        """One that may do everything, and says why it looks at identities."""
        headers = {"Authorization": f"Bearer {self.key}", **REASON}
        return httpx.Client(base_url=self.address, headers=headers, timeout=timeout)


@contextmanager
def running_system(data: Path, extract: int = 1, /, **settings: str) -> Iterator[System]:
    """Started and answering; stopped in order at the end. Settings as variables: `RCDM_HOSPITAL="A"`.

    The same folder again is the same system again. `extract` counts processes on a cluster.
    """
    home = _on_the_cluster(data, extract, settings) if is_cluster() else _in_one_process(data, settings)
    with home as system:
        yield system


@contextmanager
def _in_one_process(data: Path, settings: Mapping[str, str]) -> Iterator[System]:
    port = free_port()
    own = {"RCDM_DATA": str(data), "RCDM_LISTEN": f"{HOST}:{port}", **settings}
    command = Command([sys.executable, "-m", "services", "up"], {**os.environ, **own})
    server = Server(
        "rcdm",
        data.with_name(f"{data.name}.process"),
        port,
        f"http://{HOST}:{port}",
        lambda _: command,
        lambda: answers_200(port, "/readyz"),
        is_tied=True,
    )
    server.start()
    try:
        yield System(server.address, data, (server,))
    finally:
        server.stop()


@contextmanager
def _on_the_cluster(data: Path, extract: int, settings: Mapping[str, str]) -> Iterator[System]:
    home = _tied(cluster_rcdm(data / "processes", {**_addresses(data), **settings}, extract))
    home.migrate()
    try:
        start_all([*home.services, home.gateway])
        yield System(home.address, data, home.services)
    finally:
        home.gateway.stop()
        stop_all(home.services)


def _addresses(data: Path) -> dict[str, str]:
    """The key lies where the embedded home keeps it, so that tests and commands find it in both."""
    data.mkdir(parents=True, exist_ok=True)
    places = addresses_for(data)
    return {
        "RCDM_DATABASE": make_database(os.environ["TEST_POSTGRES"], data),
        "RCDM_EVENTS": places["events"],
        "RCDM_BLOBS": places["blobs"],
        "RCDM_SITE_KEY": _SITE_KEY,
        "RCDM_ADMIN_KEY": read_or_make(data / ADMIN_KEY_FILE, lambda: f"rcdm_admin_{secrets.token_urlsafe(32)}"),
        "RCDM_PARTITIONS": "4",
    }


def _tied(home: Rcdm) -> Rcdm:
    services = tuple(replace(server, is_tied=True) for server in home.services)
    return replace(home, services=services, gateway=replace(home.gateway, is_tied=True))


def kill_all(system: System) -> None:
    """kill -9 of all its processes, as the kernel or a power cut would."""
    for server in system.servers:
        server.kill()


def rcdm(system: System, *arguments: str, expect: int = 0) -> dict[str, Any]:
    """What a command prints with --json."""
    environment = {**os.environ, "RCDM_SERVER": system.address, "RCDM_DATA": str(system.data)}
    command = [sys.executable, "-m", "services", *arguments, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=240, check=False)
    assert done.returncode == expect, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    document: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
    return document


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

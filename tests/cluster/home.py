"""A whole cluster of its own: its Kafka, MinIO and PostgreSQL may be stopped, killed, frozen and emptied."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from chassis.secrets import read_or_make
from chassis.settings import ADMIN_KEY_FILE
from deploy.laptop.home import Rcdm, start_all, stop_all
from deploy.laptop.home import rcdm as processes_of
from deploy.laptop.kafka import kafka
from deploy.laptop.minio import minio
from deploy.laptop.postgres import postgres
from deploy.laptop.server import Server
from deploy.laptop.service import service
from tests.servers import QUICK_POSTGRES
from tests.system import System


@dataclass(frozen=True)
class Cluster:
    """`base` are Kafka, MinIO and PostgreSQL, which nobody else uses."""

    folder: Path
    base: tuple[Server, Server, Server]
    rcdm: Rcdm

    @property
    def kafka(self) -> Server:
        return self.base[0]

    @property
    def minio(self) -> Server:
        return self.base[1]

    @property
    def postgres(self) -> Server:
        return self.base[2]

    @property
    def system(self) -> System:
        return System(self.rcdm.address, self.folder / "data", self.rcdm.services)

    @property
    def places(self) -> "Places":
        settings = self.rcdm.settings
        return Places(settings["RCDM_DATABASE"], settings["RCDM_EVENTS"], settings["RCDM_BLOBS"])

    def server(self, name: str) -> Server:
        """The gateway, or the process of a service: `extract-1`, `catalog` …"""
        return next(one for one in (*self.rcdm.services, self.rcdm.gateway) if one.name == name)

    def one_more(self, name: str, kind: str, **settings: str) -> Server:
        """Another process of a service; it is the caller's to start and stop."""
        return tied(service(self.folder / "processes" / name, [kind], {**self.rcdm.settings, **settings}))

    def start(self) -> None:
        """All that does not run, and all that stands still."""
        for server in self.base:
            server.resume()
        start_all(self.base)
        if not self.rcdm.gateway.folder.exists():
            self.rcdm.migrate()
        start_all([*self.rcdm.services, self.rcdm.gateway])


@dataclass(frozen=True)
class Places:
    """Where a system keeps its rows, events and blobs."""

    database: str
    events: str
    blobs: str


@contextmanager
def own_cluster(folder: Path, extract: int = 1, /, **settings: str) -> Iterator[Cluster]:
    """Started and answering; gone at the end. `settings` are more variables of its services."""
    base = (
        tied(kafka(folder / "kafka")),
        tied(minio(folder / "minio")),
        tied(postgres(folder / "postgres", QUICK_POSTGRES)),
    )
    broker, store, database = base
    (folder / "data").mkdir(parents=True)
    addresses = {
        "RCDM_DATABASE": database.address,
        "RCDM_EVENTS": f"kafka://{broker.address}",
        "RCDM_BLOBS": store.address,
        "RCDM_SITE_KEY": "the site key of whole systems",
        "RCDM_ADMIN_KEY": read_or_make(folder / "data" / ADMIN_KEY_FILE, lambda: f"rcdm_admin_{secrets.token_hex(32)}"),
        "RCDM_PARTITIONS": "4",
        "RCDM_EXTRACT_PROCESSES": "1",
    }
    found = processes_of(folder / "processes", {**addresses, **settings}, extract)
    services = tuple(tied(one) for one in found.services)
    cluster = Cluster(folder, base, replace(found, services=services, gateway=tied(found.gateway)))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.rcdm.gateway.kill()
        stop_all(cluster.rcdm.services)
        for server in base:
            server.kill()


def tied(server: Server) -> Server:
    """It ends with us, whatever becomes of us."""
    return replace(server, is_tied=True)

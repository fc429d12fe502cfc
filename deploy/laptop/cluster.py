"""The whole cluster home in one folder: three servers, the services on them, the gateway."""

import os
import secrets
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chassis.secrets import read_or_make
from deploy.laptop.home import Rcdm, rcdm, settings_of_ours, start_all, stop_all
from deploy.laptop.kafka import kafka
from deploy.laptop.minio import minio
from deploy.laptop.postgres import postgres
from deploy.laptop.server import Server


@dataclass(frozen=True)
class Cluster:
    """`base` is what the services stand on: PostgreSQL, MinIO, Kafka."""

    folder: Path
    base: tuple[Server, ...]
    rcdm: Rcdm

    def servers(self) -> Iterator[Server]:
        """In the order they start."""
        yield from self.base
        yield from self.rcdm.services
        yield self.rcdm.gateway

    def is_up(self) -> bool:
        return all(server.is_running() and server.answers() for server in self.servers())

    @property
    def environment(self) -> Path:
        """A file for the shell: what one more service, or a client, of this cluster needs."""
        return self.folder / "environment"


def cluster(data: Path, extract: int) -> Cluster:
    """As it lies in this data folder, with so many extract processes; nothing is started."""
    folder = data / "cluster"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    base = (postgres(folder / "postgres"), minio(folder / "minio"), kafka(folder / "kafka"))
    database, store, log = base
    addresses = {
        "RCDM_DATABASE": database.address,
        "RCDM_EVENTS": f"kafka://{log.address}",
        "RCDM_BLOBS": store.address,
        "RCDM_SITE_KEY": _secret(folder, "site-key"),
        "RCDM_ADMIN_KEY": _secret(folder, "admin-key"),
    }
    return Cluster(folder, base, rcdm(folder, {**addresses, **settings_of_ours()}, extract))


def up(data: Path, extract: int) -> Cluster:
    """Starts what does not run, leaves what runs, stops the extract processes beyond the number.

    Raises ServerFailed.
    """
    found = cluster(data, extract)
    wanted = {server.name for server in found.servers()}
    for server in existing(data).servers():
        if server.name not in wanted:
            server.stop()
            shutil.rmtree(server.folder)
    start_all(found.base)
    if not any(server.is_running() for server in found.rcdm.services):
        found.rcdm.migrate()
    start_all(found.rcdm.services)
    found.rcdm.gateway.start()
    _write_environment(found)
    return found


def existing(data: Path) -> Cluster:
    """With all extract processes that were ever started here."""
    return cluster(data, max(1, _extract_known(data)))


def down(data: Path) -> None:
    """In order: nobody loses what it stands on before it has ended."""
    found = existing(data)
    found.rcdm.gateway.stop()
    stop_all(found.rcdm.services)
    stop_all(found.base)


def _extract_known(data: Path) -> int:
    numbers = [path.name.rpartition("-")[2] for path in (data / "cluster").glob("extract-*")]
    return max((int(number) for number in numbers if number.isdigit()), default=0)


def _secret(folder: Path, name: str) -> str:
    return read_or_make(folder / "secrets" / name, lambda: secrets.token_hex(32))


def _write_environment(found: Cluster) -> None:
    client = {"RCDM_SERVER": found.rcdm.address, "RCDM_KEY": found.rcdm.settings["RCDM_ADMIN_KEY"]}
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in sorted({**found.rcdm.settings, **client}.items())]
    with os.fdopen(os.open(found.environment, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(lines)

"""A gateway of a test: nginx as nobody, on a free port, writing into one folder only."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from deploy.gateway.render import render
from tests.system import free_port

_NOBODY = 65534
_START_SECONDS = 10
_SERVICES = ("INGEST", "CATALOG", "EXPORT", "OPERATIONS", "FRONT")


@dataclass(frozen=True)
class Gateway:
    """A running nginx."""

    address: str
    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def log(self) -> str:
        """All it wrote: one line per request, and what went wrong."""
        return "".join((self.folder / name).read_text() for name in ("access.log", "error.log"))


def values(folder: Path, **different: str) -> dict[str, str]:
    """A value for every variable; without others, services that are away. Names without GATEWAY_."""
    plain = {
        "LISTEN": f"127.0.0.1:{free_port()}",
        "TRANSPORT": "plain",
        "CERTIFICATE": str(folder / "tls.crt"),
        "CERTIFICATE_KEY": str(folder / "tls.key"),
        "TEMP": str(folder),
        "ACCESS_LOG": str(folder / "access.log"),
        "TRUSTED": "192.0.2.0/32",
        "RATE": "1000",
        "CONNECTIONS": "1000",
        "REQUEST_BYTES": str(2 << 30),
        **{name: f"127.0.0.1:{free_port()}" for name in _SERVICES},
        **different,
    }
    return {f"GATEWAY_{name}": value for name, value in plain.items()}


@contextmanager
def running_gateway(
    services: Mapping[str, int], files: Mapping[str, bytes] | None = None, **different: str
) -> Iterator[Gateway]:
    """Started and answering. `services` are ports by name; `files` lie in its folder, as a certificate does."""
    with TemporaryDirectory(prefix="gateway-") as name:
        folder = Path(name)
        for file, content in (files or {}).items():
            (folder / file).write_bytes(content)
        ports = {service.upper(): f"127.0.0.1:{port}" for service, port in services.items()}
        said = values(folder, **ports, **different)
        configuration = render(folder, said)
        with (folder / "error.log").open("wb") as errors:
            process = subprocess.Popen(command(folder, configuration), stderr=errors, **as_nobody(folder))
        try:
            scheme = "https" if said["GATEWAY_TRANSPORT"] == "tls" else "http"
            address = f"{scheme}://{said['GATEWAY_LISTEN']}"
            _wait_until_it_answers(address, process, folder)
            yield Gateway(address, int(said["GATEWAY_LISTEN"].rpartition(":")[2]), folder, process)
        finally:
            process.terminate()
            process.wait(10)


def command(folder: Path, configuration: Path) -> list[str]:
    return ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(configuration)]


def as_nobody(folder: Path) -> dict[str, Any]:
    """How to start a program that may write nowhere but into this folder, also when root runs the tests."""
    if os.geteuid() != 0:
        return {}
    os.chown(folder, _NOBODY, _NOBODY)
    for path in folder.iterdir():
        os.chown(path, _NOBODY, _NOBODY)
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}


def _wait_until_it_answers(address: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{address}/livez", verify=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise RuntimeError(f"nginx did not start: {(folder / 'error.log').read_text()}")

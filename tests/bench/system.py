"""A whole embedded system in a process of its own, on a fresh data folder and a free port."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

_START_SECONDS = 60


@dataclass(frozen=True)
class System:
    """A running `rcdm up`."""

    address: str
    process: subprocess.Popen[bytes]


@contextmanager
def running_system(data: Path) -> Iterator[System]:
    """Started and answering; stopped in order at the end."""
    address = f"127.0.0.1:{_free_port()}"
    environment = {**os.environ, "RCDM_DATA": str(data), "RCDM_LISTEN": address}
    with (data.parent / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services", "up"], env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait_until_ready(f"http://{address}", process)
            yield System(f"http://{address}", process)
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError("rcdm up did not become ready")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""A whole embedded system in a process of its own, on a fresh data folder and a free port."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

_START_SECONDS = 60


@dataclass(frozen=True)
class System:
    """A running `rcdm up`."""

    address: str
    data: Path
    process: subprocess.Popen[bytes]


@contextmanager
def running_system(data: Path, **settings: str) -> Iterator[System]:
    """Started and answering; stopped in order at the end. Settings as variables: `RCDM_HOSPITAL="A"`."""
    address = f"127.0.0.1:{free_port()}"
    environment = {**os.environ, "RCDM_DATA": str(data), "RCDM_LISTEN": address, **settings}
    with (data.parent / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services", "up"], env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait_until_ready(f"http://{address}", process)
            yield System(f"http://{address}", data, process)
        finally:
            process.terminate()
            process.wait(30)


def kill_all(system: System) -> None:
    """kill -9 of the whole process group, as the kernel or a power cut would."""
    os.killpg(system.process.pid, signal.SIGKILL)
    system.process.wait(10)


def rcdm(system: System, *arguments: str, expect: int = 0) -> dict[str, Any]:
    """What a command prints with --json."""
    environment = {**os.environ, "RCDM_SERVER": system.address}
    command = [sys.executable, "-m", "services", *arguments, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=120, check=False)
    assert done.returncode == expect, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    document: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
    return document


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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""Sending files while something goes wrong: by the command a person types, and file by file as a bridge does."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.cluster.files import Files
from tests.cluster.home import Cluster
from tests.cluster.state import ledger_counts
from tests.journey.outside import Json, add_files
from tests.system import System

_FINISH_SECONDS = 240


class Command:
    """A command of a person, as it runs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def is_running(self) -> bool:
        return self._process.poll() is None

    def finished(self) -> Json:
        """What it prints with --json. Fails when the command failed."""
        told, said = self._process.communicate(timeout=_FINISH_SECONDS)
        assert self._process.returncode == 0, (self._process.returncode, said[-2000:])
        answer: Json = json.loads(told)
        return answer


@contextmanager
def running_command(system: System, *arguments: str) -> Iterator[Command]:
    """Killed at the end, should it still run."""
    words = [sys.executable, "-m", "services", *arguments, "--json"]
    environment = {**os.environ, "RCDM_SERVER": system.address, "RCDM_DATA": str(system.data)}
    pipe = subprocess.PIPE
    with subprocess.Popen(words, env=environment, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield Command(process)
        finally:
            process.kill()


@contextmanager
def uploading(system: System, files: Files, *folders: Path) -> Iterator[Command]:
    """`rcdm upload` of all the files, or of some folders of them."""
    paths = [str(folder) for folder in folders or [files.folder]]
    with running_command(system, "upload", *paths, "--hospital", files.hospital) as process:
        yield process


def await_count(cluster: Cluster, files: Files, name: str, least: int, seconds: float = 60) -> None:
    """Until so many of the files are `stored`, `extracted` or `catalogued`."""
    wait_until(lambda: ledger_counts(cluster.places, files.hospital)[name] >= least, seconds, f"{least} {name}")


def wait_until(fact: Callable[[], bool], seconds: float, what: str) -> None:
    """Returns as soon as the fact holds; fails the test when it does not within the limit."""
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.05)


def add_one_by_one(
    http: httpx.Client, upload: str, paths: Sequence[Path], pause_seconds: float = 0
) -> list[httpx.Response]:
    """A request for each file; the answers in their order."""
    answers = []
    for path in paths:
        answers.append(add_files(http, upload, [(path.name, path.read_bytes())]))
        time.sleep(pause_seconds)
    return answers

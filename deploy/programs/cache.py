"""Built once and kept: a program's folder is there whole or not at all, however many ask for it at once."""

import fcntl
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.programs import machine
from deploy.programs.catalogue import ALL
from deploy.programs.machine import Missing
from deploy.programs.recipes import Program

_NEWS_SECONDS = 15
Say = Callable[[str], None]


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/rcdm`, usually `~/.cache/rcdm`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rcdm"


def where(name: str) -> Path:
    """The program (Kafka: its folder of jars), or a program of the machine. Raises Missing when it was not built."""
    if name in machine.NAMES:
        return machine.find(name)
    path = _place(ALL[name], cache_folder())
    if not path.exists():
        raise Missing(f"{name} was not built yet: python -m deploy.programs {name}")
    return path


def ready(name: str, say: Say = print) -> Path:
    """Where it is, built now if it was not. Raises Missing: the machine lacks something, or the build failed."""
    return where(name) if name in machine.NAMES else built(ALL[name], cache_folder(), say)


def built(program: Program, cache: Path, say: Say) -> Path:
    """As `ready`, in that cache."""
    path, folder = _place(program, cache), _folder(program, cache)
    if path.exists():
        return path
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(folder.with_name(f"{folder.name}.lock"), lambda: say(f"{program.name}: another process builds it …")):
        if not path.exists():
            _build(program, folder, say)
    return path


def _build(program: Program, folder: Path, say: Say) -> None:
    for name in program.needs:
        machine.find(name)
    aside, log = folder.with_name(f"{folder.name}.half"), folder.with_name(f"{folder.name}.log")
    shutil.rmtree(aside, ignore_errors=True)  # of a build that was killed
    aside.mkdir()
    say(f"{program.name} {program.version}: not here yet, fetching and building it (usually {program.usual}) …")
    start = time.monotonic()
    try:
        with log.open("wb") as says, _news(program, log, start, say):
            program.build(aside, says)
    except subprocess.CalledProcessError:
        raise Missing(f"{program.name} could not be built ({log}):\n{_last(log, 15)}") from None
    if not (aside / program.file).exists():
        raise Missing(f"{program.name}: the build made no {program.file} ({log})")
    aside.rename(folder)
    say(f"{program.name} {program.version}: built in {time.monotonic() - start:.0f} s")


@contextmanager
def _alone(path: Path, wait: Callable[[], None]) -> Iterator[None]:
    """One process at a time; the lock is the kernel's and ends with the process."""
    with path.open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _news(program: Program, log: Path, start: float, say: Say) -> Iterator[None]:
    """Long builds say now and then that they live."""
    ended = threading.Event()

    def tell() -> None:
        while not ended.wait(_NEWS_SECONDS):
            say(f"{program.name}: {time.monotonic() - start:.0f} s … {_last(log, 1)[:100]}".rstrip())

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()


def _last(log: Path, lines: int) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _folder(program: Program, cache: Path) -> Path:
    return cache / f"{program.name}-{program.version}"


def _place(program: Program, cache: Path) -> Path:
    return _folder(program, cache) / program.file

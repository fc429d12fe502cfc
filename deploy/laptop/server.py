"""One real server as a process: started, stopped, killed, stopped in its tracks, started again on the same data."""

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.laptop import processes

_START_SECONDS = 120
_STOP_SECONDS = 40
_POLL_SECONDS = 0.05
_PR_SET_PDEATHSIG = 1
_children: dict[int, "subprocess.Popen[bytes]"] = {}  # ours until they end: somebody must ask how they ended


class ServerFailed(Exception):
    """A server did not start; says which, and what it wrote last."""


@dataclass(frozen=True)
class Command:
    """What to start. `options` are more arguments of subprocess.Popen, such as the user."""

    arguments: Sequence[str | Path]
    environment: Mapping[str, str]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Server:
    """`folder` holds its data, its log and which process it is; `port` is where `address` listens.

    `prepare` is called before each start and may keep things open while the process starts; `clean_up` is called after
    its end. With `is_tied` it ends when the thread that started it ends (Linux only); otherwise it outlives us.
    """

    name: str
    folder: Path
    port: int
    address: str = field(repr=False)  # may hold a password
    prepare: Callable[[ExitStack], Command] = field(repr=False)
    answers: Callable[[], bool] = field(repr=False)
    stops_on: signal.Signals = signal.SIGTERM
    is_tied: bool = False
    clean_up: Callable[[], None] = field(default=lambda: None, repr=False)

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def pid(self) -> int | None:
        """None: it does not run."""
        try:
            known = json.loads(self._state.read_text())
        except FileNotFoundError:
            return None
        child = _children.get(known["pid"])
        if child and child.poll() is not None:
            _children.pop(child.pid, None)
        process = processes.find(known["pid"])
        # The id may have gone to a stranger meanwhile.
        return process.pid if process and process.started == known["started"] else None

    def is_running(self) -> bool:
        return self.pid is not None

    def start(self) -> None:
        """Returns once it answers; one that runs is left as it is. Raises ServerFailed."""
        self.launch()
        self.await_answer()

    def launch(self) -> None:
        """Starts without waiting, so that several come up at once."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            if self.is_running():
                return
            with ExitStack() as stack:
                command = self.prepare(stack)
                process = self._spawn(command, stack)
            _children[process.pid] = process
            found = processes.find(process.pid)
            self._write_state(process.pid, found.started if found else "")

    def await_answer(self) -> None:
        """Raises ServerFailed, and then nothing of it runs."""
        end = time.monotonic() + _START_SECONDS
        while not self.answers():
            if not self.is_running() or time.monotonic() > end:
                self.kill()
                raise ServerFailed(f"{self.name} did not start ({self.log}):\n{self.last_lines()}")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """In order, as an operator would; killed when it takes too long."""
        pid = self.pid
        if pid is not None:
            processes.send_to_family(pid, signal.SIGCONT)
            processes.send(pid, self.stops_on)
            self._await_end(pid)
        self.kill()

    def kill(self) -> None:
        """kill -9, of all its children too; gone when it returns."""
        pid = self.pid
        if pid is not None:
            _, *children = processes.send_to_family(pid, signal.SIGKILL)
            self._await_end(pid)
            _await_all(children)
        self._state.unlink(missing_ok=True)
        self.clean_up()

    def pause(self) -> None:
        """Stand still (SIGSTOP), with all children: the connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def last_lines(self, lines: int = 12) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    @property
    def _state(self) -> Path:
        return self.folder / "process.json"

    def _signal(self, number: signal.Signals) -> None:
        if (pid := self.pid) is not None:
            processes.send_to_family(pid, number)

    def _spawn(self, command: Command, stack: ExitStack) -> "subprocess.Popen[bytes]":
        log = stack.enter_context(self.log.open("ab"))
        return subprocess.Popen(
            list(command.arguments),
            env=dict(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_tie(self.stops_on) if self.is_tied else None,
            **command.options,
        )

    def _write_state(self, pid: int, started: str) -> None:
        aside = self._state.with_suffix(".new")
        aside.write_text(json.dumps({"pid": pid, "started": started}))
        aside.replace(self._state)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.folder / "lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _await_end(self, pid: int) -> None:
        end = time.monotonic() + _STOP_SECONDS
        while self.is_running() and time.monotonic() < end:
            time.sleep(_POLL_SECONDS)
        if not self.is_running() and (child := _children.pop(pid, None)):
            child.wait()  # nothing of it stays in the table of processes


def _await_all(pids: Sequence[int]) -> None:
    """A signal is sent before the kernel has done what it asks for."""
    end = time.monotonic() + _STOP_SECONDS
    while any(processes.find(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(_POLL_SECONDS)


def _tie(number: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # ended before the kernel knew
            os._exit(1)

    return prepare


def plain_environment(**more: str) -> dict[str, str]:
    """What any program needs, and nothing that others set for themselves."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
    return {"PATH": os.defpath, **kept, **more}

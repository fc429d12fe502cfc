"""One worker as the service sees it: started, handed a task, listened to with patience that ends, and killed."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chassis.errors import Unavailable
from chassis.sandbox.protocol import (
    ASK,
    DONE,
    FAILED,
    HEADER,
    NOTE,
    PART,
    READY,
    REFUSED,
    TASK,
    TOLD,
    Task,
    Verdict,
    Work,
    verdict_from,
)

KeepPart = Callable[[int, bytes], Awaitable[None]]
# What a worker asks for (JSON, untrusted) and is told (JSON).
Tell = Callable[[Any], Any]

_ROOT = Path(__file__).parents[2]
_START_SECONDS = 60
_MOST_TASKS = 2_000
_WEIGHED_EVERY = 20
_SENT_AHEAD_BYTES = 1 << 20
_MOST_GROWTH_BYTES = 500 << 20
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# Nothing of our own environment: it holds secrets. One thread each: the workers are the parallelism, and every thread
# of a mathematics library takes address space.
_ENVIRONMENT = {
    "PATH": os.defpath,
    "PYTHONPATH": str(_ROOT),
    "PYTHONUTF8": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


class WorkerDied(Exception):
    """In the middle of a task. `at_limit`: of processor time or wall clock, else for a reason of its own."""

    def __init__(self, at_limit: bool) -> None:
        super().__init__("at its limit" if at_limit else "of itself")
        self.at_limit = at_limit


@dataclass(frozen=True)
class Result:
    """What came of a task; nothing of it is to be trusted. `notes` by their numbers."""

    body: bytes
    notes: Mapping[int, bytes]


@dataclass
class WorkerProcess:
    """Does one task at a time. After an exception out of `run` it is in an unknown state: kill it."""

    work: Work
    process: Process
    _connection: socket.socket
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _tasks: int = field(default=0, init=False)
    _idle_bytes: int = field(default=0, init=False)

    async def run(
        self, task: Task, body: int, wall_seconds: float, keep: KeepPart, tell: Tell | None = None
    ) -> Result | Verdict:
        """Hand over a body's descriptor and hand each part to `keep` as it comes. Raises WorkerDied.

        The clock stands still while `keep` works: that is not the body's fault.
        """
        self._tasks += 1
        self._hand_over(task, body)
        notes: dict[int, bytes] = {}
        left = wall_seconds
        while True:
            started = time.monotonic()
            kind, number, message = await self._listen(left)
            left -= time.monotonic() - started
            if kind == PART:
                await keep(number, message)
            elif kind == NOTE:
                notes[number] = message
            elif kind == ASK and tell:
                await self._tell(tell, message)
            else:
                return self._last_word(kind, message, notes)

    @property
    def is_usable(self) -> bool:
        """Alive, not worn out, and not grown by what former bodies left behind."""
        if self.process.returncode is not None or self._tasks >= _MOST_TASKS:
            return False
        if self._tasks % _WEIGHED_EVERY:
            return True
        return self._resident_bytes() - self._idle_bytes < _MOST_GROWTH_BYTES

    async def kill(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        self._connection.close()
        self._writer.close()

    async def wait_ready(self) -> None:
        """Raises WorkerDied."""
        kind, _, _ = await self._listen(_START_SECONDS)
        if kind != READY:
            raise WorkerDied(at_limit=False)
        self._idle_bytes = self._resident_bytes()

    def _hand_over(self, task: Task, body: int) -> None:
        message = task.as_json()
        try:
            socket.send_fds(self._connection, [HEADER.pack(TASK, 0, len(message)) + message], [body])
        except OSError:
            raise WorkerDied(at_limit=False) from None

    async def _listen(self, seconds: float) -> tuple[bytes, int, bytes]:
        try:
            async with asyncio.timeout(seconds):
                kind, number, length = HEADER.unpack(await self._reader.readexactly(HEADER.size))
                if length > self.work.longest(kind):
                    raise WorkerDied(at_limit=False)
                return kind, number, await self._reader.readexactly(length)
        except TimeoutError:
            raise WorkerDied(at_limit=True) from None
        except (asyncio.IncompleteReadError, OSError):
            # Its end of the line closes a moment before the machine tells how it ended.
            return_code = await self._ended()
            raise WorkerDied(at_limit=return_code == -signal.SIGXCPU) from None

    async def _ended(self) -> int | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                return await self.process.wait()
        return None

    async def _tell(self, tell: Tell, question: bytes) -> None:
        try:
            answer = json.dumps(tell(json.loads(question))).encode()
        except (ValueError, TypeError, RecursionError):
            raise WorkerDied(at_limit=False) from None
        self._writer.write(HEADER.pack(TOLD, 0, len(answer)) + answer)
        try:
            await self._writer.drain()
        except OSError:
            raise WorkerDied(at_limit=False) from None

    def _last_word(self, kind: bytes, message: bytes, notes: Mapping[int, bytes]) -> Result | Verdict:
        try:
            if kind == DONE:
                return Result(message, notes)
            if kind in (REFUSED, FAILED):
                return verdict_from(message)
        except (ValueError, RecursionError):
            pass
        raise WorkerDied(at_limit=False)

    def _resident_bytes(self) -> int:
        try:
            with open(f"/proc/{self.process.pid}/statm") as file:
                return int(file.read().split()[1]) * _PAGE_BYTES
        except FileNotFoundError:  # it is gone, or this machine has no such place
            return 0


async def start_worker(work: Work) -> WorkerProcess:
    """A worker that waits for its first task. Raises Unavailable when the machine cannot give us one."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SENT_AHEAD_BYTES)
    with theirs:
        process = await _process(work, theirs)
    reader, writer = await asyncio.open_unix_connection(sock=ours, limit=2 << 20)
    worker = WorkerProcess(work, process, ours.dup(), reader, writer)
    try:
        await worker.wait_ready()
    except BaseException as error:
        await worker.kill()
        if isinstance(error, WorkerDied):
            raise Unavailable("A worker did not start; it told on standard error why.") from None
        raise
    return worker


async def _process(work: Work, connection: socket.socket) -> Process:
    arguments = ["-P", "-m", work.module, str(connection.fileno()), str(os.getpid())]
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable, *arguments, pass_fds=[connection.fileno()], start_new_session=True,
            stdin=DEVNULL, stdout=DEVNULL, env=_ENVIRONMENT, cwd="/",
        )  # fmt: skip
    except OSError as error:
        raise Unavailable("The machine cannot start a worker.") from error

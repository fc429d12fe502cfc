"""The workers of one service: borrowed for one body at a time, replaced when they die or are worn out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from chassis.errors import Refused
from chassis.sandbox.process import KeepPart, Result, Tell, WorkerProcess, start_worker
from chassis.sandbox.protocol import Task, Verdict, Work
from chassis.settings import Settings


@dataclass(frozen=True)
class TaskLimits:
    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float


class Pool:
    """At most `processes` workers; made by `open_pool`, which also ends them."""

    def __init__(self, work: Work, processes: int, limits: TaskLimits) -> None:
        self._work, self.processes, self._limits = work, processes, limits
        self._turns = asyncio.Semaphore(processes)
        self._idle: list[WorkerProcess] = []

    async def run(
        self, sha256: str, body: int, said: dict[str, Any], keep: KeepPart, tell: Tell | None = None
    ) -> Result:
        """What a worker makes of the body behind a descriptor. Raises WorkerDied, Refused for bytes it does not take.

        A worker that dies is gone; the next call gets another one.
        """
        limits = self._limits
        task = Task(sha256, limits.memory_bytes, limits.cpu_seconds, said)
        async with self._borrowed() as worker:
            answer = await worker.run(task, body, limits.wall_seconds, keep, tell)
        if isinstance(answer, Verdict):
            raise Refused(f"The object cannot be read ({answer.code}): {answer.detail}", code=answer.code)
        return answer

    @asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[WorkerProcess]:
        async with self._turns:
            worker = await self._usable()
            try:
                yield worker
            except BaseException:  # also a cancellation: it may be in the middle of a body
                await asyncio.shield(worker.kill())
                raise
            self._idle.append(worker)

    async def _usable(self) -> WorkerProcess:
        while self._idle:
            worker = self._idle.pop()
            if worker.is_usable:
                return worker
            await worker.kill()
        return await start_worker(self._work)

    async def start(self) -> None:
        async with asyncio.TaskGroup() as group:
            started = [group.create_task(start_worker(self._work)) for _ in range(self.processes)]
        self._idle += [task.result() for task in started]

    async def close(self) -> None:
        await asyncio.gather(*(worker.kill() for worker in self._idle))


@asynccontextmanager
async def open_pool(work: Work, processes: int, settings: Settings, *, at_once: bool = True) -> AsyncIterator[Pool]:
    """The workers end with the block. `at_once`: all are started, so that what hinders them stops the start; else
    each when it is needed.
    """
    limits = TaskLimits(settings.decode_memory_bytes, settings.decode_cpu_seconds, settings.decode_wall_seconds)
    pool = Pool(work, processes, limits)
    try:
        if at_once:
            await pool.start()
        yield pool
    finally:
        await pool.close()

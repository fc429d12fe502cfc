"""The image workers of one service: borrowed one image at a time, replaced when they die or are worn out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from chassis.errors import Refused
from chassis.settings import Settings
from chassis.telemetry import log
from imaging.no_picture import NoPictureReason
from services.extract.image_worker import Answer, ImageWorker, KeepFrame, WorkerDied, start_worker
from services.extract.metrics import DEATHS
from services.extract.wire import Task, Verdict


@dataclass(frozen=True)
class TaskLimits:
    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float


class Pool:
    """At most `processes` workers; made by `open_pool`, which also ends them."""

    def __init__(self, processes: int, limits: TaskLimits) -> None:
        self._processes, self._limits = processes, limits
        self._turns = asyncio.Semaphore(processes)
        self._idle: list[ImageWorker] = []

    async def describe(self, sha256: str, body: int, keep: KeepFrame) -> Answer:
        """What a worker finds in the body behind a descriptor; each picture goes to `keep` as it is drawn.

        A worker that dies is replaced and the image is tried once more, its pictures coming again from the first; then
        without pictures. Raises Refused for bytes that are no object or that end every worker.
        """
        deaths: list[WorkerDied] = []
        for pictures in (True, True, False):
            try:
                answer = await self._once(sha256, body, pictures, keep)
            except WorkerDied as death:
                cause = "limit" if death.at_limit else "crash"
                DEATHS.labels(cause).inc()
                log.warning("image worker died", cause=cause, sha256=sha256, pictures=pictures)
                deaths.append(death)
            else:
                return answer if pictures else _without_picture(answer, deaths[-1])
        raise Refused("The image workers die of this object, even when they only read its header.")

    async def _once(self, sha256: str, body: int, pictures: bool, keep: KeepFrame) -> Answer:
        limits = self._limits
        task = Task(sha256, pictures, limits.memory_bytes, limits.cpu_seconds)
        async with self._borrowed() as worker:
            answer = await worker.run(task, body, limits.wall_seconds, keep)
        if isinstance(answer, Verdict):
            raise Refused(f"The object cannot be read ({answer.code}): {answer.detail}", code=answer.code)
        return answer

    @asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[ImageWorker]:
        async with self._turns:
            worker = await self._usable()
            try:
                yield worker
            except BaseException:  # also a cancellation: it may be in the middle of an image
                await asyncio.shield(worker.kill())
                raise
            self._idle.append(worker)

    async def _usable(self) -> ImageWorker:
        while self._idle:
            worker = self._idle.pop()
            if worker.is_usable:
                return worker
            await worker.kill()
        return await start_worker()

    async def start(self) -> None:
        async with asyncio.TaskGroup() as group:
            started = [group.create_task(start_worker()) for _ in range(self._processes)]
        self._idle += [task.result() for task in started]

    async def close(self) -> None:
        await asyncio.gather(*(worker.kill() for worker in self._idle))


@asynccontextmanager
async def open_pool(settings: Settings) -> AsyncIterator[Pool]:
    """All workers are started, so that what hinders them stops the start; they end with the block."""
    limits = TaskLimits(settings.decode_memory_bytes, settings.decode_cpu_seconds, settings.decode_wall_seconds)
    pool = Pool(settings.extract_processes, limits)
    try:
        await pool.start()
        yield pool
    finally:
        await pool.close()


def _without_picture(answer: Answer, death: WorkerDied) -> Answer:
    picture = answer.extraction.picture
    picture.no_picture_reason = NoPictureReason.DECODER_LIMIT if death.at_limit else NoPictureReason.DECODER_DIED
    picture.no_picture_detail = (
        "drawing takes longer than an image may take" if death.at_limit else "the process that draws it ended twice"
    )
    return answer

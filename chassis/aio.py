"""Concurrency with a bound, and periodic tasks that can also be woken."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from chassis.errors import reason_of
from chassis.messaging.consumer import may_pass
from chassis.telemetry.metrics import log

T = TypeVar("T")
R = TypeVar("R")


async def gather_bounded(limit: int, work: Callable[[T], Awaitable[R]], items: Iterable[T]) -> list[R]:
    """The results in the order of the items. The first failure cancels the rest and is raised."""
    gate = asyncio.Semaphore(limit)

    async def one(item: T) -> R:
        async with gate:
            return await work(item)

    tasks = [asyncio.ensure_future(one(item)) for item in items]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


class Rounds:
    """What is to do stands in tables, so a round that was killed or failed is done by the next, here or elsewhere."""

    def __init__(
        self,
        service: str,
        name: str,
        seconds: float,
        work: Callable[[], Awaitable[object]],
        may_pass: Callable[[BaseException], bool] = may_pass,
    ) -> None:
        """`work` does all there is; an error of it that `may_pass` says will pass only ends the round."""
        self._service, self._name, self._seconds, self._work, self._may_pass = service, name, seconds, work, may_pass
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look for work now."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled. Raises what does not pass by itself."""
        while True:
            self._woken.clear()
            try:
                await self._work()
            except Exception as error:
                if not self._may_pass(error):
                    raise
                log.warning(f"{self._name} waits", service=self._service, reason=reason_of(error))
            try:
                async with asyncio.timeout(self._seconds):
                    await self._woken.wait()
            except TimeoutError:
                pass

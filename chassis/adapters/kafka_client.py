"""A client of Kafka that is opened when it is first needed and given up after any failure."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Generic, TypeVar

C = TypeVar("C")

_OPEN_SECONDS = 5
_CLOSE_SECONDS = 5


class LazyClient(Generic[C]):
    """The process starts and lives without Kafka; what failed once (fenced, other brokers now) is never used again."""

    def __init__(self, opened: Callable[[], Awaitable[C]], close: Callable[[C], Awaitable[None]]) -> None:
        self._open, self._close = opened, close
        self._client: C | None = None
        self._opening = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def use(self, seconds: float) -> AsyncIterator[C]:
        """Raises what opening and the block raise, and TimeoutError when both took longer than `seconds`."""
        deadline = asyncio.get_running_loop().time() + seconds
        async with asyncio.timeout_at(deadline):
            client = await self._opened()
        try:
            async with asyncio.timeout_at(deadline):
                yield client
        except Exception:
            self._give_up(client)
            raise

    async def close(self) -> None:
        if self._client is not None:
            self._give_up(self._client)
        if self._closing:
            _, late = await asyncio.wait(self._closing, timeout=_CLOSE_SECONDS)
            for task in late:
                task.cancel()

    async def _opened(self) -> C:
        async with asyncio.timeout(_OPEN_SECONDS), self._opening:
            if self._client is None:
                self._client = await self._open()
            return self._client

    def _give_up(self, client: C) -> None:
        if self._client is client:
            self._client = None
            # Nobody waits for a goodbye to somebody who may not answer.
            task = asyncio.create_task(self._close_quietly(client))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _close_quietly(self, client: C) -> None:
        with suppress(Exception):
            await self._close(client)

"""A value that is kept elsewhere: read seldom, and the last good one for a while when it cannot be read."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from chassis.errors import Unavailable
from chassis.telemetry.metrics import log

T = TypeVar("T")
_FETCH_SECONDS = 5.0


@dataclass(frozen=True)
class Ages:
    """Seconds: `fresh` until a value is read again, `pause` between two reads at least, `good` until it is useless."""

    fresh: float
    pause: float
    good: float


class LastGood(Generic[T]):
    """Never more than one fetch per pause, however many ask and whatever they ask for (reliability F2)."""

    def __init__(
        self, name: str, fetch: Callable[[], Awaitable[T]], ages: Ages, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name, self._fetch, self._ages, self._clock = name, fetch, ages, clock
        self._value: T | None = None
        self._read_at = self._tried_at = float("-inf")
        self._one = asyncio.Lock()

    async def get(self, *, missed: bool = False) -> T:
        """`missed`: the caller looked in vain, so the value may be old. Raises Unavailable, never answers for good."""
        if self._wants(missed) and (missed or not self._one.locked() or not self._is_good()):
            async with self._one:
                if self._wants(missed):
                    await self._refresh()
        return self._current(self._clock() - self._ages.good)

    async def newer(self) -> T:
        """A value read after this call: waits out the pause, and one read serves all who wait. Raises Unavailable."""
        asked = self._clock()
        async with self._one:
            if self._read_at < asked:
                await asyncio.sleep(self._tried_at + self._ages.pause - self._clock())
                await self._refresh()
        return self._current(asked)

    def _current(self, since: float) -> T:
        if self._value is None or self._read_at < since:
            raise Unavailable(f"{self._name} cannot be read, so nobody can be let in; try again shortly.")
        return self._value

    def _wants(self, missed: bool) -> bool:
        now = self._clock()
        return (missed or now - self._read_at > self._ages.fresh) and now - self._tried_at >= self._ages.pause

    def _is_good(self) -> bool:
        return self._clock() - self._read_at <= self._ages.good

    async def _refresh(self) -> None:
        began = self._clock()
        try:
            async with asyncio.timeout(_FETCH_SECONDS):
                self._value = await self._fetch()
            self._read_at = began
        except (Unavailable, TimeoutError) as error:
            log.warning("callers cannot be looked up", what=self._name, reason=type(error).__name__)
        finally:
            self._tried_at = self._clock()

"""Waiting for a fact with a limit, never for a time and luck."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(fact: Callable[[], bool | Awaitable[bool]], seconds: float = 60, what: str = "the fact") -> None:
    """Returns as soon as the fact holds; fails the test when it does not within the limit."""
    end = time.monotonic() + seconds
    while True:
        known = fact()
        if known if isinstance(known, bool) else await known:
            return
        assert time.monotonic() < end, f"{what} did not come true within {seconds} s"
        await asyncio.sleep(0.01)

"""Waiting for what a controller will do, with a limit."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_POLL_SECONDS = 0.3


def eventually(fact: Callable[[], T], seconds: float, what: str) -> T:
    """What `fact` says once it is true; fails the test when it is not within the limit."""
    end = time.monotonic() + seconds
    while not (found := fact()):
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s"
        time.sleep(_POLL_SECONDS)
    return found

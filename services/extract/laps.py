"""Where an image's time goes: seconds by stage, each counted since the one before ended."""

from collections import defaultdict
from time import perf_counter

STAGES = ("verify", "tags", "decode", "digest", "png", "send")  # in the order in which one image meets them


class Laps:
    """`lap` ends a stage; a stage may come many times."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._last = perf_counter()

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self.seconds[stage] += now - self._last
        self._last = now

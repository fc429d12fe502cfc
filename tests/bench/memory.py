"""Peak memory of a process and of everything it started."""

import threading
from collections import defaultdict
from types import TracebackType

import psutil

_EVERY_SECONDS = 0.25


class PeakMemory:
    """Watches a process tree; `table` has the peak resident MiB by kind of process, shared memory counted in each."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._peaks: dict[str, dict[int, int]] = defaultdict(dict)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._end.set()
        self._thread.join()

    def table(self) -> dict[str, tuple[int, float]]:
        """Kind → (most at once seen, the largest one's MiB)."""
        return {kind: (len(peaks), max(peaks.values()) / (1 << 20)) for kind, peaks in sorted(self._peaks.items())}

    def _watch(self) -> None:
        while not self._end.wait(_EVERY_SECONDS):
            try:
                tree = [self._root, *self._root.children(recursive=True)]
            except psutil.Error:
                return
            for process in tree:
                self._note(process)

    def _note(self, process: psutil.Process) -> None:
        try:
            kind, rss = _kind(process.cmdline()), process.memory_info().rss
        except psutil.Error:
            return
        self._peaks[kind][process.pid] = max(rss, self._peaks[kind].get(process.pid, 0))


def _kind(command: list[str]) -> str:
    line = " ".join(command)
    if "services.extract.worker" in line:
        return "image worker"
    if "postgres" in line.partition(" ")[0]:
        return "postgres"
    return "host"

"""Processes as the kernel knows them: an id alone is nobody, an id and its start are."""

import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_HAS_PROC = (_PROC / "self/stat").exists()


@dataclass(frozen=True)
class Process:
    """`started` differs for every process that ever had this id, over restarts of the machine too."""

    pid: int
    parent: int
    started: str
    is_ended: bool  # nobody has asked yet how it ended


def running() -> dict[int, Process]:
    """Every process of the machine, by id."""
    pids = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()] if _HAS_PROC else []
    found = [_from_proc(pid) for pid in pids] if _HAS_PROC else _from_ps()
    return {process.pid: process for process in found if process and not process.is_ended}


def find(pid: int) -> Process | None:
    """None: nothing runs under this id."""
    found = _from_proc(pid) if _HAS_PROC else running().get(pid)
    return found if found and not found.is_ended else None


def family(pid: int) -> list[int]:
    """The process and all below it, the process first."""
    known, found = running(), [pid]
    for one in found:
        found += [process.pid for process in known.values() if process.parent == one]
    return [one for one in found if one in known]


def send(pid: int, number: signal.Signals) -> None:
    """To one process; it may have ended meanwhile."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def send_to_family(pid: int, number: signal.Signals) -> list[int]:
    """Returns whom it was sent to, the process first."""
    found = family(pid) or [pid]
    for one in found:
        send(one, number)
    return found


def _from_proc(pid: int) -> Process | None:
    try:
        # The name, in brackets, may hold anything: what follows the last bracket counts (proc(5)).
        words = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    return Process(pid, int(words[1]), f"{boot} {words[19]}", words[0] in "ZX")


def _from_ps() -> list[Process | None]:
    answer = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat=,lstart="], capture_output=True, text=True, check=True)
    lines = [line.split(None, 3) for line in answer.stdout.splitlines()]
    return [Process(int(pid), int(parent), started, state[0] == "Z") for pid, parent, state, started in lines]

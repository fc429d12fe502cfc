"""What runs with several extract processes showed: a table, the lag over time drawn in text, every sample as CSV."""

import csv
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_STEPS, _WIDTH = 16, 20


@dataclass(frozen=True)
class Run:
    """`lags` are pairs of seconds since the processes were told to start, and records that wait."""

    processes: int
    images_per_second: float
    lags: list[tuple[float, int]]


def told(runs: Sequence[Run], images: int, away: str) -> str:
    """A page with a table and a drawing."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return "\n".join(
        [
            "# Scaling extract\n",
            f"Written by `make bench-scaling PLOT=docs`: {machine}.",
            f"{images} small images a run; the store {away}, so that extract waits more than it computes.",
            "All images were catalogued and the audit was clean.\n",
            "| extract processes | images/s | of one process |\n|---|---|---|",
            *[_row(run, runs[0]) for run in runs],
            "\nThe lag that KEDA reads (group `extract.instance.received`), from the start of the processes;",
            "every sample is in [scaling.csv](scaling.csv).\n",
            "```",
            *_plot(runs, images),
            "```\n",
        ]
    )


def _row(run: Run, one: Run) -> str:
    return f"| {run.processes} | {run.images_per_second:.1f} | {run.images_per_second / one.images_per_second:.2f} |"


def _plot(runs: Sequence[Run], most: int) -> list[str]:
    """Time goes down, a column for each run."""
    step = max(run.lags[-1][0] for run in runs) / _STEPS
    head = "seconds  " + "".join(f"{run.processes} extract".ljust(_WIDTH + 8) for run in runs)
    lines = [f"{step * row:7.0f}  " + "".join(_bar(run, step * row, most) for run in runs) for row in range(_STEPS + 1)]
    return [line.rstrip() for line in [head, *lines]]


def _bar(run: Run, seconds: float, most: int) -> str:
    lag = next((lag for at, lag in reversed(run.lags) if at <= seconds), most)
    return f"{'█' * round(lag / most * _WIDTH)} {lag}".ljust(_WIDTH + 8)


def write_csv(path: Path, runs: Sequence[Run]) -> None:
    """Every sample of every run."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("processes", "seconds", "lag"))
        writer.writerows((run.processes, seconds, lag) for run in runs for seconds, lag in run.lags)

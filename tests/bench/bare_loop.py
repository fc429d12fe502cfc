"""The bare loop: what any program must at least do with an image, one process per core and nothing else."""

import hashlib
import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from io import BytesIO
from pathlib import Path

import pydicom

from imaging.pixels.render import render


def bare_loop(paths: list[Path], out: Path) -> float:
    """Seconds for all images; the processes are started before the clock is."""
    out.mkdir(parents=True, exist_ok=True)
    processes = os.cpu_count() or 1
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(partial(_one, out), paths[: processes * 8], chunksize=8))  # imports done, caches warm
        started = time.monotonic()
        list(pool.map(partial(_one, out), paths, chunksize=16))
        return time.monotonic() - started


def _one(out: Path, path: Path) -> None:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()
    dataset = pydicom.dcmread(BytesIO(body))
    for picture in render(dataset):
        (out / f"{digest}-{picture.frame}.png").write_bytes(picture.png)

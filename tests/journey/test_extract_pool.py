"""Image workers by themselves: the clock that ends them, and what they are not told."""

import hashlib
import signal
from pathlib import Path

import pytest

from chassis.blobs.local.store import folder_blobs
from chassis.sandbox.input_file import body_file
from chassis.sandbox.pool import Pool, TaskLimits
from services.extract.extractor import described
from services.extract.worker import WORK
from tests.journey.extract_stage import image_workers
from tests.makers import ct_bytes


async def test_a_worker_that_stands_still_is_ended_by_the_clock_and_replaced(tmp_path: Path) -> None:
    """B11"""
    body, frames = ct_bytes(), list[int]()

    async def keep(frame: int, png: bytes) -> None:
        frames.append(frame)

    pool = Pool(WORK, 1, TaskLimits(2 << 30, 60, wall_seconds=1.5))
    before = set(image_workers())
    await pool.start()
    (worker,) = set(image_workers()) - before
    worker.send_signal(signal.SIGSTOP)
    async with folder_blobs(tmp_path) as blobs:
        await blobs.put("body", body)
        async with body_file("extract", blobs, "body", len(body)) as descriptor:
            answer = await described(pool, hashlib.sha256(body).hexdigest(), descriptor, keep)
    await pool.close()
    assert (frames, answer.extraction.picture.no_picture_reason) == ([1], "")
    assert not worker.is_running()


async def test_a_worker_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """E6: not by its environment, and it has no descriptor but its line to the service."""
    monkeypatch.setenv("RCDM_SITE_KEY", "canary-secret")
    before = set(image_workers())
    pool = Pool(WORK, 1, TaskLimits(2 << 30, 60, 60))
    await pool.start()
    (worker,) = set(image_workers()) - before
    environment, descriptors = worker.environ(), worker.num_fds()
    await pool.close()
    assert not any(name.startswith("RCDM") for name in environment)
    assert descriptors <= 4

"""C7: the whole extract process killed at random, again and again, ends with what an undisturbed run ends with."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.addresses import empty_database
from tests.journey.extract_stage import Stage, image_workers, open_stage, running
from tests.makers import ct_bytes
from tests.system import free_port
from tests.waiting import until

pytestmark = pytest.mark.slow

_IMAGES, _KILLS = 60, 3


@pytest.mark.timeout(300)
async def test_kills_at_random_leave_the_pictures_of_a_calm_run(postgres_server: str, tmp_path: Path) -> None:
    """C7, B11: pictures, digests and announcements are equal, and no image worker outlives its service."""
    bodies = [_slice(number) for number in range(_IMAGES)]
    async with empty_database(postgres_server) as dsn, open_stage(dsn, tmp_path / "calm") as calm, running(calm):
        await calm.receive(*bodies)
        await calm.settled()
        expected = await _state(calm)
    async with empty_database(postgres_server) as dsn, open_stage(dsn, tmp_path / "stormy") as stormy:
        await stormy.receive(*bodies)
        for _ in range(_KILLS):
            await _kill_in_the_middle(stormy)
        with _extract_process(stormy):
            await stormy.settled()
        assert await _state(stormy) == expected
    assert len(expected[0]) == _IMAGES


async def _kill_in_the_middle(stage: Stage) -> None:
    wanted = len(await stage.pictures()) + random.randint(2, 8)

    async def has_got_on() -> bool:
        return len(await stage.pictures()) >= min(wanted, _IMAGES)

    with _extract_process(stage) as process:
        await until(has_got_on)
        workers = image_workers(process.pid)
        process.kill()
        process.wait()
    await until(lambda: not any(worker.is_running() for worker in workers), what="the image workers were gone")


async def _state(stage: Stage) -> tuple[dict[str, str], dict[str, bytes]]:
    told = await stage.extracted()
    found = {sha256: message.extraction.picture.SerializeToString() for sha256, message in told.items()}
    return await stage.pictures(), found


@contextmanager
def _extract_process(stage: Stage) -> Iterator[subprocess.Popen[bytes]]:
    settings = stage.home.settings
    environment = {
        "PATH": os.environ["PATH"],
        "RCDM_DATA": str(settings.data),
        "RCDM_DATABASE": settings.database,
        "RCDM_EVENTS": settings.events,
        "RCDM_BLOBS": settings.blobs,
        "RCDM_LISTEN": f"127.0.0.1:{free_port()}",
        "RCDM_SITE_KEY": "a key of this test",
        "RCDM_EXTRACT_PROCESSES": "2",
    }
    with subprocess.Popen([sys.executable, "-m", "services", "serve", "extract"], env=environment) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def _slice(number: int) -> bytes:
    pixels = np.random.default_rng(number).integers(0, 2048, (128, 128), dtype="<u2")
    return ct_bytes(Rows=128, Columns=128, InstanceNumber=number + 1, PixelData=pixels.tobytes())

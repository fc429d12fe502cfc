"""Misfortune: the whole process group killed in the middle of an upload, and the upload finished afterwards."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.bench.instances import write_instances
from tests.system import System, kill_all, rcdm, running_system

pytestmark = [pytest.mark.slow, pytest.mark.timeout(480)]  # five starts, on the cluster of seven processes each
_IMAGES = 120


def test_kills_in_the_middle_of_an_upload_lose_nothing(tmp_path: Path) -> None:
    """C1, C7: after three kills and a finished upload, audit is clean and all counts equal an undisturbed run's."""
    write_instances(tmp_path / "in", _IMAGES)
    with running_system(tmp_path / "calm") as calm:
        rcdm(calm, "upload", str(tmp_path / "in"))
        expected = _state(calm)
    for _ in range(3):
        with running_system(tmp_path / "stormy") as stormy:
            _kill_during_upload(stormy, tmp_path / "in")
    with running_system(tmp_path / "stormy") as stormy:
        rcdm(stormy, "upload", str(tmp_path / "in"))
        assert rcdm(stormy, "audit")["report"]["clean"] is True
        assert _state(stormy) == expected


@pytest.mark.embedded
def test_a_second_start_on_the_same_folder_is_refused_politely(tmp_path: Path) -> None:
    with running_system(tmp_path / "data") as system:
        again = subprocess.run(
            [sys.executable, "-m", "services", "up"],
            env={"PATH": "/usr/bin:/bin", "RCDM_DATA": str(system.data), "RCDM_LISTEN": "127.0.0.1:1"},
            capture_output=True,
            timeout=240,
            check=False,
        )
    assert again.returncode == 1
    assert b"Traceback" not in again.stderr


def _kill_during_upload(system: System, folder: Path) -> None:
    before = _images(system)
    command = [sys.executable, "-m", "services", "upload", str(folder)]
    with subprocess.Popen(
        command, env={"RCDM_SERVER": system.address, "RCDM_KEY": system.key}, stderr=subprocess.DEVNULL
    ) as upload:
        end = time.monotonic() + 30
        while _images(system) == before and time.monotonic() < end:
            time.sleep(0.02)
        kill_all(system)
        upload.kill()


def _images(system: System) -> int:
    return int(_statistics(system)["images"])


def _state(system: System) -> dict[str, Any]:
    report = rcdm(system, "audit")["report"]["counts"]
    return {
        **_statistics(system),
        "objects": report["objects"],
        "picture files": report["pictures"],
        "blobs": report["blobs"],
    }


def _statistics(system: System) -> dict[str, Any]:
    with system.client() as http:
        found: dict[str, Any] = http.get("/api/v1/statistics").json()
    return found

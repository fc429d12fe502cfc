"""Misfortune: a system killed while it reads images again goes on where it was; frozen versions stay as they are."""

import hashlib
import time
from pathlib import Path
from typing import Any

import pytest

from services.export.archive.verify import verify_archive
from tests.bench.instances import write_instances
from tests.system import System, kill_all, rcdm, running_system

pytestmark = [pytest.mark.slow, pytest.mark.timeout(480)]
_IMAGES = 240


def test_a_killed_reextraction_goes_on_and_changes_no_version(tmp_path: Path) -> None:
    """C7, D10: corrected planes hold, every image is read again, the archive of before is the same to the byte."""
    write_instances(tmp_path / "in", _IMAGES)
    with running_system(tmp_path / "data") as system:
        rcdm(system, "upload", str(tmp_path / "in"))
        rcdm(system, "dataset", "create", "before", "--mode", "plane")
        archive = _archive(system, tmp_path / "before.zip")
        corrected = _correct_one(system)
        read_at = _extracted_at(system)
        with system.client() as http:
            number = http.post("/api/v1/reextractions", json={"filter": {"modality": ["CT"]}}).json()["reextraction_id"]
        _wait(system, number, lambda told: 0 < told["remaining"] < _IMAGES)
        kill_all(system)
    with running_system(tmp_path / "data") as system:
        told = _wait(system, number, lambda told: told["finished_at"] is not None)
        assert (told["images"], told["remaining"], told["failed"]) == (_IMAGES, 0, 0)
        again = _extracted_at(system)
        assert again.keys() == read_at.keys()
        assert all(again[image] > read_at[image] for image in read_at)
        assert _plane(system, corrected) == ("CORONAL", "CORRECTED")
        assert _archive(system, tmp_path / "after.zip") == archive
        assert verify_archive(tmp_path / "after.zip").ok
        assert rcdm(system, "audit")["report"]["clean"] is True


def _correct_one(system: System) -> int:
    image = min(_extracted_at(system))
    said = {"target": "image", "ids": [image], "set": {"plane": "CORONAL"}, "reason": "seen by eye", "dry_run": False}
    with system.client() as http:
        assert http.post("/api/v1/corrections", json=said).status_code == 200
    return image


def _plane(system: System, image: int) -> tuple[str, str]:
    with system.client() as http:
        told = http.get(f"/api/v1/images/{image}").json()
    return told["image_plane"], told["plane_source"]


def _extracted_at(system: System) -> dict[int, str]:
    found: dict[int, str] = {}
    with system.client() as http:
        for study in http.get("/api/v1/occurrences", params={"limit": 1000}).json()["items"]:
            address = f"/api/v1/occurrences/{study['radiology_occurrence_id']}/images"
            images = http.get(address, params={"limit": 1000}).json()["items"]
            found |= {image["image_id"]: image["extracted_at"] for image in images}
    assert len(found) == _IMAGES
    return found


def _wait(system: System, number: int, holds: Any) -> dict[str, Any]:
    end = time.monotonic() + 180
    with system.client() as http:
        while True:
            told: dict[str, Any] = http.get(f"/api/v1/reextractions/{number}").json()
            if holds(told):
                return told
            assert time.monotonic() < end, told
            time.sleep(0.02)


def _archive(system: System, target: Path) -> str:
    with system.client() as http:
        target.write_bytes(http.get("/api/v1/datasets/before/versions/latest/archive").content)
    return hashlib.sha256(target.read_bytes()).hexdigest()

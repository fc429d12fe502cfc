"""The main story over real HTTP: files in, rows and pictures, a data set out; told by the commands of the README."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis.blobs.keys import dicom_key
from services.cli.local.samples import sample_files
from tests.system import System, rcdm, running_system

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One system for the whole story."""
    with running_system(tmp_path_factory.mktemp("story") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def uploaded(system: System) -> dict[str, Any]:
    """pydicom's sample files, sent once; some of them are broken on purpose."""
    return rcdm(system, "upload", str(sample_files()), "--hospital", "SAMPLE", expect=3)


def test_every_file_has_an_outcome(uploaded: dict[str, Any]) -> None:
    outcomes = [item["outcome"] for item in uploaded["items"]]
    assert uploaded["received"] == len(outcomes) == len([p for p in sample_files().rglob("*") if p.is_file()])
    assert uploaded["progress"]["failed"] == 0


def test_sending_again_stores_nothing(system: System, uploaded: dict[str, Any]) -> None:
    again = rcdm(system, "upload", str(sample_files()), "--hospital", "SAMPLE", expect=3)
    assert (again["stored"], again["refused"]) == (0, uploaded["refused"])


def test_images_are_found_and_have_pictures(system: System, uploaded: dict[str, Any]) -> None:
    page = rcdm(system, "occurrences", "modality=CT")
    item = next(item for item in page["items"] if item["thumbnail"])
    with system.client() as http:
        answer = http.get(item["thumbnail"])
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")


def test_bytes_come_back_as_they_came_but_for_the_preamble(system: System, uploaded: dict[str, Any]) -> None:
    """D1, B1."""
    page = rcdm(system, "occurrences", "modality=CT")
    first = page["items"][0]["radiology_occurrence_id"]
    with system.client() as http:
        image = http.get(f"/api/v1/occurrences/{first}/images").json()["items"][0]
        body = http.get(f"/api/v1/images/{image['image_id']}/dicom").content
    assert body[:132] == bytes(128) + b"DICM"
    assert any(path.read_bytes()[128:] == body[128:] for path in sample_files().rglob("*.dcm"))


def test_a_data_set_is_built_downloaded_and_verified(system: System, uploaded: dict[str, Any], tmp_path: Path) -> None:
    """D7, D9."""
    version = rcdm(system, "dataset", "create", "story", "--mode", "plane", "--split", "0.7/0.15/0.15")
    archive = tmp_path / "story.zip"
    report = rcdm(system, "dataset", "download", "story", "-o", str(archive))
    names = zipfile.ZipFile(archive).namelist()
    assert all(name.startswith(f"story-{version['version']}/") for name in names)
    assert report["ok"] is True


def test_a_flipped_byte_is_found_by_verify(system: System, uploaded: dict[str, Any], tmp_path: Path) -> None:
    """D9."""
    rcdm(system, "dataset", "create", "flip", "modality=CT", "--mode", "flat")
    archive = tmp_path / "flip.zip"
    rcdm(system, "dataset", "download", "flip", "-o", str(archive))
    body = bytearray(archive.read_bytes())
    body[body.index(b"\x89PNG") + 60] ^= 1
    archive.write_bytes(body)
    assert rcdm(system, "dataset", "verify", str(archive), expect=1)["ok"] is False


def test_the_same_version_gives_the_same_bytes(system: System, uploaded: dict[str, Any], tmp_path: Path) -> None:
    """D10."""
    rcdm(system, "dataset", "create", "twice", "modality=MR", "--mode", "phase")
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    for path in (one, two):
        rcdm(system, "dataset", "download", "twice", "-o", str(path))
    assert one.read_bytes() == two.read_bytes()


async def test_the_audit_is_clean_and_names_what_was_planted(system: System, uploaded: dict[str, Any]) -> None:
    """C15: an orphan, a loss and a flipped bit are each found by name, and a mended store is clean again."""
    assert rcdm(system, "audit")["report"]["clean"] is True
    async with system.blobs() as blobs:
        lost, altered, *_ = [blob.key async for blob in blobs.list("dicom")]
        orphan = dicom_key("0" * 64)
        before = {key: await blobs.get(key) for key in (lost, altered)}
        await blobs.delete(lost)
        await blobs.put(altered, before[altered][:-1] + bytes([before[altered][-1] ^ 1]))
        await blobs.put(orphan, b"nobody knows me")
        found = {(f["fault"], f["what"]) for f in rcdm(system, "audit", expect=1)["report"]["findings"]}
        for key, body in before.items():
            await blobs.put(key, body)
        await blobs.delete(orphan)
    assert found >= {("lost_object", lost), ("altered_object", altered), ("orphan_object", orphan)}
    assert rcdm(system, "audit")["report"]["clean"] is True


def test_no_name_is_in_the_log(system: System, uploaded: dict[str, Any]) -> None:
    """F13: the names of pydicom's sample patients are nowhere in what the server printed."""
    printed = system.printed()
    assert not any(name in printed for name in ("CompressedSamples", "Doe^Peter", "Lestrade", "98890234"))

"""Every process of rcdm killed in the middle of its work, as the kernel or a node that is lost would do it."""

import os
import signal
import zipfile
from pathlib import Path

import pytest

from deploy.laptop import processes
from tests.cluster.conftest import AsCalm, Write
from tests.cluster.files import OF_A_STUDY
from tests.cluster.home import Cluster
from tests.cluster.state import pictures, rows
from tests.cluster.uploads import await_count, running_command, uploading, wait_until
from tests.system import rcdm

# TEST_KILLS=20 TEST_KILL_IMAGES=1000 is the long run.
_KILLS, _KILL_IMAGES = int(os.environ.get("TEST_KILLS", "4")), int(os.environ.get("TEST_KILL_IMAGES", "200"))
_TWO_STUDIES = 2 * OF_A_STUDY

pytestmark = pytest.mark.timeout(240 + 20 * _KILLS)


def test_extract_killed_again_and_again_loses_nothing(cluster: Cluster, write: Write, as_calm: AsCalm) -> None:
    """C7: killed without its image workers, spread over the load, and started again each time."""
    files, extract = write("extract killed", _KILL_IMAGES), cluster.server("extract-1")
    with uploading(cluster.system, files) as upload:
        for number in range(1, _KILLS + 1):
            drawn = number * _KILL_IMAGES // (_KILLS + 1)
            wait_until(lambda: pictures(cluster.places, files) >= drawn, 60, f"{drawn} pictures")  # noqa: B023
            assert extract.pid is not None
            processes.send(extract.pid, signal.SIGKILL)
            wait_until(lambda: not extract.is_running(), 60, "the end of extract")
            assert pictures(cluster.places, files) < _KILL_IMAGES
            extract.start()
        assert upload.finished()["progress"]["catalogued"] == _KILL_IMAGES
    as_calm(files)


def test_uploads_outlive_every_process_killed_in_turn(cluster: Cluster, write: Write, as_calm: AsCalm) -> None:
    """C1, C6: the command that was sending, or waiting, ends well, whoever was killed under it."""
    names = ("ingest", "catalog", "front", "gateway")
    files = write("killed in turn", len(names) * _TWO_STUDIES)
    for number, name in enumerate(names):
        with uploading(cluster.system, files, *files.studies[2 * number : 2 * number + 2]) as upload:
            await_count(cluster, files, "stored", number * _TWO_STUDIES + 1)
            cluster.server(name).kill()
            assert upload.is_running()
            cluster.server(name).start()
            assert upload.finished()["progress"]["catalogued"] == _TWO_STUDIES
    as_calm(files)


def test_an_audit_outlives_a_killed_process(cluster: Cluster) -> None:
    """C15: what was asked for before the kill is answered after it."""
    cluster.minio.pause()  # so that it is killed in the middle
    with running_command(cluster.system, "audit") as audit:
        running = "SELECT FROM operations.audit WHERE state = 'running'"
        wait_until(lambda: rows(cluster.places, running) != [], 60, "a running audit")
        cluster.server("operations").kill()
        cluster.minio.resume()
        cluster.server("operations").start()
        assert audit.finished()["report"]["clean"] is True


def test_a_data_set_outlives_a_killed_process(cluster: Cluster, write: Write, tmp_path: Path) -> None:
    """D10: what was half built is never offered; what comes out is what an undisturbed build makes."""
    files = write("export killed", _TWO_STUDIES)
    rcdm(cluster.system, "upload", str(files.folder), "--hospital", files.hospital)
    words = ("dataset", "create", "killed", f"hospital={files.hospital}", "--mode", "series")
    cluster.minio.pause()
    with running_command(cluster.system, *words) as create:
        building = "SELECT FROM export.operation WHERE state = 'running'"
        wait_until(lambda: rows(cluster.places, building) != [], 60, "a version that is being built")
        cluster.server("export").kill()
        cluster.minio.resume()
        cluster.server("export").start()
        version = create.finished()
    undisturbed = rcdm(cluster.system, *words)
    manifests = [_manifest(cluster, name, tmp_path) for name in (version["version"], undisturbed["version"])]
    assert manifests[0] == manifests[1]
    assert manifests[0].count("\n") == _TWO_STUDIES + 1
    assert rcdm(cluster.system, "audit")["report"]["clean"] is True


def _manifest(cluster: Cluster, version: str, folder: Path) -> str:
    """Of an archive that was verified; without the folder that is named after the version."""
    archive = folder / f"{version}.zip"
    words = ("dataset", "download", "killed", "--version", version, "-o", str(archive))
    assert rcdm(cluster.system, *words)["ok"] is True
    with zipfile.ZipFile(archive) as opened:
        return opened.read(f"killed-{version}/manifest.csv").decode().replace(f"killed-{version}/", "")

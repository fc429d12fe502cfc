"""MinIO and PostgreSQL stopped, killed and frozen while files arrive."""

import time
from collections.abc import Callable

import httpx
import pytest

from tests.cluster.conftest import AsCalm, Write
from tests.cluster.home import Cluster
from tests.cluster.state import ledger_counts
from tests.cluster.uploads import await_count, uploading
from tests.journey.surface import assert_problem
from tests.system import rcdm

_IMAGES = 120
_BOUND_SECONDS = 30

pytestmark = pytest.mark.timeout(300)

Misfortune = Callable[[Cluster], None]

STORE: dict[str, tuple[Misfortune, Misfortune]] = {
    "stopped": (lambda cluster: cluster.minio.stop(), lambda cluster: cluster.minio.start()),
    "frozen": (lambda cluster: cluster.minio.pause(), lambda cluster: cluster.minio.resume()),
}
DATABASE: dict[str, Misfortune] = {
    "stopped": lambda cluster: cluster.postgres.stop(),
    "killed": lambda cluster: cluster.postgres.kill(),
}


@pytest.mark.parametrize("how", STORE)
def test_uploads_wait_for_a_store_that_is_away(cluster: Cluster, write: Write, as_calm: AsCalm, how: str) -> None:
    """C2: 503 with Retry-After, nothing half stored, no restart; the command that ran into it ends well."""
    files = write(f"store {how}", _IMAGES)
    go, come = STORE[how]
    alone = files.paths[-1]
    with cluster.system.client() as http, uploading(cluster.system, files) as upload:
        await_count(cluster, files, "stored", 1)
        go(cluster)
        answer, seconds = _stow(http, alone.read_bytes())
        assert upload.is_running()
        come(cluster)
        assert_problem(answer, 503)
        assert int(answer.headers["retry-after"]) > 0
        assert seconds < _BOUND_SECONDS
        assert upload.finished()["progress"]["catalogued"] == _IMAGES
    assert ledger_counts(cluster.places, "LOCAL")["stored"] == 0  # where the refused one would be
    assert rcdm(cluster.system, "upload", str(files.folder), "--hospital", files.hospital)["stored"] == 0
    as_calm(files)


@pytest.mark.parametrize("how", DATABASE)
def test_uploads_wait_for_a_database_that_is_away(cluster: Cluster, write: Write, as_calm: AsCalm, how: str) -> None:
    """C3: 503 with Retry-After; the command that ran into it ends well."""
    files = write(f"database {how}", _IMAGES)
    with cluster.system.client() as http, uploading(cluster.system, files) as upload:
        await_count(cluster, files, "stored", 1)
        DATABASE[how](cluster)
        answer, seconds = _stow(http, files.paths[-1].read_bytes())
        cluster.postgres.start()
        assert_problem(answer, 503)
        assert int(answer.headers["retry-after"]) > 0
        assert seconds < _BOUND_SECONDS
        assert upload.finished()["progress"]["catalogued"] == _IMAGES
    as_calm(files)


def _stow(http: httpx.Client, body: bytes) -> tuple[httpx.Response, float]:
    started = time.monotonic()
    answer = http.post("/dicom-web/studies", content=body, headers={"Content-Type": "application/dicom"})
    return answer, time.monotonic() - started

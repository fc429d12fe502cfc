"""KEDA scales extract by the lag of a real Kafka: replicas follow it up and down, and nothing is lost."""

import os
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.laptop.home import Rcdm, start_all, stop_all
from deploy.laptop.home import rcdm as rcdm_in
from deploy.laptop.kafka import kafka
from deploy.laptop.minio import minio
from deploy.laptop.postgres import postgres
from deploy.laptop.server import Server
from services.cli.client.http import client
from services.cli.client.send import Fields, find_files, send
from tests.bench.instances import write_instances
from tests.kube.eventually import eventually
from tests.kube.fleet import Fleet
from tests.kube.plane import Plane
from tests.kube.release import NAME, Release, new_release
from tests.kube.series import Sample, write_csv, write_svg

_IMAGES = int(os.environ.get("TEST_IMAGES", "1500"))
_MOST, _LAG = 4, 50
_PREFIX = "scaling"


@dataclass
class Watch:
    """Looks once a second, until the block that holds it ends."""

    release: Release
    fleet: Fleet
    http: httpx.Client
    samples: list[Sample] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """What was seen so far does not count."""
        self.samples.clear()
        self.started = time.monotonic()

    def replicas(self) -> int:
        return int(self.release.deployments()[f"{NAME}-extract"]["spec"]["replicas"])

    def catalogued(self) -> int:
        return int(self.http.get("/api/v1/statistics").json()["images"])

    def is_told_of_the_lag(self) -> bool:
        try:
            return self._lag() >= 0
        except httpx.HTTPStatusError:
            return False

    def look(self) -> Sample:
        seconds = round(time.monotonic() - self.started, 1)
        sample = Sample(seconds, self._lag(), self.replicas(), self.fleet.running(), self.catalogued())
        self.samples.append(sample)
        time.sleep(max(0.0, 1 - (time.monotonic() - self.started - seconds)))
        return sample

    def _lag(self) -> float:
        """As the autoscaler reads it, from KEDA's API."""
        (scaled,) = self.release.api.list("keda.sh/v1alpha1", "ScaledObject", self.release.namespace)
        (metric,) = scaled["status"]["externalMetricNames"]
        path = f"/apis/external.metrics.k8s.io/v1beta1/namespaces/{self.release.namespace}/{metric}"
        (found,) = self.release.api.get(path, labelSelector=f"scaledobject.keda.sh/name={NAME}-extract")["items"]
        value = str(found["value"])
        return float(value[:-1]) / 1000 if value.endswith("m") else float(value)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server, Server]]:
    folder = tmp_path_factory.mktemp("servers")
    found = (postgres(folder / "postgres"), minio(folder / "minio"), kafka(folder / "kafka"))
    try:
        start_all(found)
        yield found
    finally:
        for server in found:
            server.kill()


@pytest.fixture
def system(servers: tuple[Server, Server, Server], tmp_path: Path) -> Iterator[Rcdm]:
    """All services but extract, behind the gateway."""
    database, store, log = servers
    addresses = {
        "RCDM_DATABASE": database.address,
        "RCDM_EVENTS": f"kafka://{log.address}/{_PREFIX}",
        "RCDM_BLOBS": store.address,
        "RCDM_SITE_KEY": secrets.token_hex(16),
        "RCDM_ADMIN_KEY": f"rcdm_admin_{secrets.token_hex(16)}",
        "RCDM_EXTRACT_PROCESSES": "1",
    }
    found = rcdm_in(tmp_path / "rcdm", addresses, extract=_MOST)
    others = [server for server in found.services if not server.name.startswith("extract")]
    found.migrate()
    try:
        start_all([*others, found.gateway])
        yield found
    finally:
        found.gateway.stop()
        stop_all(others)


@pytest.mark.timeout(900)
def test_replicas_follow_the_lag_up_and_down(
    scaling_plane: Plane, servers: tuple[Server, Server, Server], system: Rcdm, tmp_path: Path
) -> None:
    """G1, G2: one number scales extract, and every image that was taken is catalogued."""
    release = new_release(scaling_plane)
    release.install(
        f"kafka.bootstrapServers={servers[2].address}", f"kafka.prefix={_PREFIX}",
        f"services.extract.scaling.lag={_LAG}", f"services.extract.scaling.max={_MOST}",
        "services.extract.scaling.pollSeconds=2", "services.extract.scaling.cooldownSeconds=10",
    )  # fmt: skip
    extracts = [server for server in system.services if server.name.startswith("extract")]
    key = system.settings["RCDM_ADMIN_KEY"]
    with client(system.address, key) as http:
        fleet = Fleet(extracts, lambda: watch.replicas())
        watch = Watch(release, fleet, http)
        with fleet.follow():
            # A group that never committed has no lag that KEDA would believe.
            _upload(http, write_instances(tmp_path / "first", 2)[0].parent)
            eventually(lambda: watch.catalogued() >= 2, 120, "the first images are catalogued")
            eventually(watch.is_told_of_the_lag, 120, "KEDA tells the lag")
            write_instances(tmp_path / "images", _IMAGES)
            watch.begin()
            with ThreadPoolExecutor(1) as thread:
                upload = thread.submit(_upload, http, tmp_path / "images")
                eventually(lambda: _is_done(http, upload, watch), 400, "all images are catalogued")
            eventually(lambda: watch.look().replicas == 1 and fleet.running() == 1, 200, "one replica is left")
        report = _audit(http)
    _keep(watch.samples, Path(os.environ.get("TEST_PLOT") or tmp_path))
    assert max(sample.lag for sample in watch.samples) > _LAG
    assert max(sample.replicas for sample in watch.samples) >= 3
    assert max(sample.processes for sample in watch.samples) >= 3
    assert report["clean"], report
    assert watch.samples[-1].catalogued == _IMAGES


def _upload(http: httpx.Client, folder: Path) -> str:
    return str(send(http, list(find_files([folder])), Fields(hospital="BENCH"), lambda *_: None)["upload_id"])


def _is_done(http: httpx.Client, upload: "Future[str]", watch: Watch) -> bool:
    watch.look()
    return upload.done() and bool(http.get(f"/api/v1/uploads/{upload.result()}").json()["done"])


def _audit(http: httpx.Client) -> dict[str, Any]:
    http.post("/api/v1/audit").raise_for_status()
    done = eventually(lambda: [a for a in [http.get("/api/v1/audit").json()] if a["state"] != "running"], 120, "audit")
    report: dict[str, Any] = done[0]["report"]
    return report


def _keep(samples: list[Sample], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "autoscaling.csv", samples)
    title = f"{_IMAGES} images of 512x512 uploaded at once: extract scaled by lag (one replica for each {_LAG})"
    write_svg(folder / "autoscaling.svg", samples, title)
    highest = max(sample.lag for sample in samples)
    print(f"\nhighest lag {highest:.0f}, most replicas {max(s.replicas for s in samples)}, {samples[-1].seconds:.0f} s")

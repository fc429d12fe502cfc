"""The chart on a real API server: accepted, installed, refused without a trace, removed without a rest."""

import httpx
import pytest

from deploy.helm.rendering import ChartRefused
from tests.kube.api import Thing
from tests.kube.eventually import eventually
from tests.kube.nodes import FAILING, SLOW
from tests.kube.plane import Plane
from tests.kube.release import NAME, Release, new_release

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def release(plane: Plane) -> Release:
    return new_release(plane)


def test_every_object_is_accepted_and_every_deployment_available(release: Release) -> None:
    """F17: Pod Security `restricted` is enforced, so what is available was let in."""
    release.install()
    wanted = release.manifest()
    kinds = {one["kind"] for one in wanted}
    assert {
        "Deployment",
        "HTTPRoute",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "ScaledObject",
        "ServiceMonitor",
    } <= kinds
    assert [one for one in wanted if release.api.read(one)["kind"] != one["kind"]] == []
    assert release.unavailable() == []


def test_pod_security_would_refuse_another_pod(release: Release) -> None:
    """Else being let in would prove nothing."""
    container = {"name": "root", "image": "rcdm:1.0.1"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "root", "namespace": release.namespace}}
    with pytest.raises(httpx.HTTPStatusError, match="violates PodSecurity"):
        release.api.apply(pod | {"spec": {"containers": [container]}})


def test_the_tables_are_migrated_before_any_pod_starts(release: Release) -> None:
    """A migration that takes its time is waited for: no Deployment is made before it has ended."""
    release.install(f"image.tag={SLOW}")
    (migrated,) = [one for one in release.events("Completed") if one["involvedObject"]["kind"] == "Job"]
    made = [one["metadata"]["creationTimestamp"] for one in release.deployments().values()]
    assert migrated["lastTimestamp"] <= min(made)


def test_a_failing_migration_starts_nothing(release: Release) -> None:
    """At the first installation, too; the failed Job stays, so that its log can be read."""
    with pytest.raises(ChartRefused, match="pre-install"):
        release.install(f"image.tag={FAILING}", "migrate.retries=0")
    assert (release.deployments(), _failed_jobs(release)) == ({}, [1])


def test_a_failing_migration_changes_nothing(release: Release) -> None:
    """The old pods go on."""
    release.install("image.tag=1.0.1")
    before = release.generations()
    with pytest.raises(ChartRefused, match="pre-upgrade"):
        release.upgrade(f"image.tag={FAILING}", "migrate.retries=0")
    assert (release.generations(), release.images()) == (before, {"rcdm:1.0.1"})
    assert _failed_jobs(release) == [1]


@pytest.mark.parametrize(
    "slip", ["services.ingest.replicsa=3", "settings.RCDM_PARTITOINS=4", "services.extract.scaling.max=many"]
)
def test_a_bad_value_changes_nothing(release: Release, slip: str) -> None:
    """G4: refused in words before the API server is asked."""
    release.install()
    before = release.generations()
    with pytest.raises(ChartRefused, match=slip.split("=")[0].rsplit(".", 1)[0].replace(".", "[./]")):
        release.upgrade(slip)
    assert (release.generations(), release.revision()) == (before, 1)


def test_what_the_server_refuses_is_taken_back(release: Release) -> None:
    """The schema cannot know that a request is above its limit; nothing half done stays."""
    release.install("image.tag=1.0.1")
    too_much = ("services.catalog.requests.cpu=8000m", "services.catalog.requests.memory=1Gi")
    with pytest.raises(ChartRefused, match="must be less than or equal to cpu limit"):
        release.upgrade_or_take_back("image.tag=1.0.2", *too_much)
    assert (release.images(), release.unavailable()) == ({"rcdm:1.0.1"}, [])


def test_extract_can_scale_by_processors_instead(release: Release) -> None:
    release.install()
    release.upgrade("services.extract.scaling.by=cpu")
    assert release.api.list("keda.sh/v1alpha1", "ScaledObject", release.namespace) == []
    names = {one["spec"]["scaleTargetRef"]["name"] for one in _scalers(release)}
    assert names == {f"{NAME}-extract"}


def test_what_is_removed_is_gone(release: Release) -> None:
    """Pods, history and all that controllers made of it, too."""
    before = release.api.all_in(release.namespace)
    release.install()
    release.uninstall()
    eventually(lambda: release.api.all_in(release.namespace) == before, 60, "only what was there before")


def test_the_embedded_home_runs_in_one_pod_whose_volume_outlives_it(plane: Plane) -> None:
    release = new_release(plane, "one-pod")
    before = release.api.all_in(release.namespace)
    plane.api.apply(_volume(release.namespace, f"{NAME}-all"))
    release.install()
    (pod,) = release.pods()
    assert (pod["status"]["phase"], release.unavailable()) == ("Running", [])
    release.uninstall()
    left = before | {("PersistentVolumeClaim", f"{NAME}-all")}
    eventually(lambda: release.api.all_in(release.namespace) == left, 60, "only the claim is left")


def _failed_jobs(release: Release) -> list[int]:
    return [job["status"].get("failed", 0) for job in release.api.list("batch/v1", "Job", release.namespace)]


def _scalers(release: Release) -> list[Thing]:
    return release.api.list("autoscaling/v2", "HorizontalPodAutoscaler", release.namespace)


def _volume(namespace: str, claim: str) -> Thing:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": namespace},
        "spec": {
            "capacity": {"storage": "500Gi"},
            "accessModes": ["ReadWriteOnce"],
            "hostPath": {"path": "/srv/rcdm"},
            "claimRef": {"namespace": namespace, "name": claim},
        },
    }

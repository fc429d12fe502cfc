"""The chart on a real API server: accepted, installed, upgraded, refused, rolled back and removed."""

import httpx
import pytest

from deploy.helm.rendering import ChartRefused
from tests.kube.api import Thing
from tests.kube.nodes import FAILING
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
    assert [name for name, one in release.deployments().items() if not _is_available(one)] == []


def test_pod_security_would_refuse_another_pod(release: Release) -> None:
    """Else being let in would prove nothing."""
    container = {"name": "root", "image": "rcdm:1.0.1"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "root", "namespace": release.namespace}}
    with pytest.raises(httpx.HTTPStatusError, match="violates PodSecurity"):
        release.api.apply(pod | {"spec": {"containers": [container]}})


def test_the_tables_are_migrated_before_any_pod_starts(release: Release) -> None:
    release.install()
    (migrated,) = [one for one in release.events("Completed") if one["involvedObject"]["kind"] == "Job"]
    started = [one for one in release.events("ScalingReplicaSet") if one["involvedObject"]["kind"] == "Deployment"]
    assert len(started) >= len(release.deployments())
    assert migrated["lastTimestamp"] <= min(one["firstTimestamp"] for one in started)


def test_an_upgrade_rolls_and_a_rollback_returns(release: Release) -> None:
    release.install("image.tag=1.0.1")
    release.upgrade("image.tag=1.0.2")
    assert release.images() == {"rcdm:1.0.2"}
    release.rollback()
    assert release.images() == {"rcdm:1.0.1"}
    assert all(_is_available(one) for one in release.deployments().values())


def test_a_failing_migration_changes_nothing(release: Release) -> None:
    """The old pods go on; the failed Job stays, so that its log can be read."""
    release.install("image.tag=1.0.1")
    before = _generations(release)
    with pytest.raises(ChartRefused, match="pre-upgrade"):
        release.upgrade(f"image.tag={FAILING}", "migrate.retries=0")
    assert _generations(release) == before
    assert release.images() == {"rcdm:1.0.1"}
    jobs = release.api.list("batch/v1", "Job", release.namespace)
    assert [job["status"].get("failed") for job in jobs] == [1]


@pytest.mark.parametrize(
    "slip", ["services.ingest.replicsa=3", "settings.RCDM_PARTITOINS=4", "services.extract.scaling.max=many"]
)
def test_a_bad_value_changes_nothing(release: Release, slip: str) -> None:
    """G4: refused in words before the API server is asked."""
    release.install()
    before = _generations(release)
    with pytest.raises(ChartRefused, match=slip.split("=")[0].rsplit(".", 1)[0].replace(".", "[./]")):
        release.upgrade(slip)
    assert (_generations(release), release.revision()) == (before, 1)


def test_extract_can_scale_by_processors_instead(release: Release) -> None:
    release.install()
    release.upgrade("services.extract.scaling.by=cpu")
    assert release.api.list("keda.sh/v1alpha1", "ScaledObject", release.namespace) == []
    names = {one["spec"]["scaleTargetRef"]["name"] for one in _scalers(release)}
    assert names == {f"{NAME}-extract"}


def test_the_embedded_home_installs_in_one_pod(plane: Plane) -> None:
    """One pod, on one volume that outlives it."""
    release = new_release(plane, "one-pod")
    plane.api.apply(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": release.namespace},
            "spec": {
                "capacity": {"storage": "500Gi"},
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": "/srv/rcdm"},
                "claimRef": {"namespace": release.namespace, "name": f"{NAME}-all"},
            },
        }
    )
    release.install()
    assert list(release.deployments()) == [f"{NAME}-all"]


def test_what_is_removed_is_gone(release: Release) -> None:
    release.install()
    gone = release.manifest()
    release.uninstall()
    assert [one["kind"] for one in gone if _is_there(release, one)] == []


def _is_available(deployment: Thing) -> bool:
    conditions = deployment["status"].get("conditions", [])
    return any(one["type"] == "Available" and one["status"] == "True" for one in conditions)


def _generations(release: Release) -> dict[str, int]:
    """A Deployment that is changed has another."""
    return {name: one["metadata"]["generation"] for name, one in release.deployments().items()}


def _scalers(release: Release) -> list[Thing]:
    return release.api.list("autoscaling/v2", "HorizontalPodAutoscaler", release.namespace)


def _is_there(release: Release, one: Thing) -> bool:
    try:
        return "deletionTimestamp" not in release.api.read(one)["metadata"]
    except httpx.HTTPStatusError as error:
        if error.response.status_code != 404:
            raise
        return False

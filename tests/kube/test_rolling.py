"""Pods are replaced: by an upgrade and back, only where something changed, and one at a time when a node is emptied."""

import httpx
import pytest

from tests.kube.api import Thing
from tests.kube.eventually import eventually
from tests.kube.plane import Plane
from tests.kube.release import Release, new_release

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def release(plane: Plane) -> Release:
    found = new_release(plane)
    found.install("image.tag=1.0.1")
    return found


def test_an_upgrade_rolls_and_a_rollback_returns(release: Release) -> None:
    release.upgrade("image.tag=1.0.2")
    assert (release.images(), release.unavailable()) == ({"rcdm:1.0.2"}, [])
    release.rollback()
    assert (release.images(), release.unavailable()) == ({"rcdm:1.0.1"}, [])


def test_an_upgrade_without_a_change_restarts_nothing(release: Release) -> None:
    before = _names(release.pods())
    release.upgrade("image.tag=1.0.1")
    assert _names(release.pods()) == before


def test_a_changed_setting_replaces_every_pod_of_ours(release: Release) -> None:
    before = _names(release.pods()) - _names(release.pods("gateway"))
    release.upgrade("image.tag=1.0.1", "settings.RCDM_HOSPITAL=OTHER")
    assert (_names(release.pods()) & before, release.unavailable()) == (set(), [])


def test_an_upgrade_keeps_as_many_pods_as_the_autoscaler_wants(release: Release) -> None:
    """A chart that says a number would take all but one away in the middle of the work."""
    release.api.scale(release.deployment("extract"), 3)
    release.upgrade("image.tag=1.0.2")
    assert release.deployment("extract")["spec"]["replicas"] == 3


def test_a_node_can_be_emptied_and_a_service_gives_one_pod_at_a_time(release: Release) -> None:
    """Of two pods one stays; and none is so precious that whoever empties its node waits for ever."""
    pods = release.pods()
    first, second = [pod for pod in pods if pod["metadata"]["labels"]["app.kubernetes.io/component"] == "ingest"]
    release.api.evict(first)
    with pytest.raises(httpx.HTTPStatusError, match="disruption budget"):
        release.api.evict(second)
    for pod in pods:
        if pod is not first:
            _evict(release, pod)
    eventually(lambda: not release.unavailable(), 60, "all are available again")
    assert _names(release.pods()) & _names(pods) == set()


def _names(pods: list[Thing]) -> set[str]:
    return {pod["metadata"]["name"] for pod in pods}


def _evict(release: Release, pod: Thing) -> None:
    eventually(lambda: _is_evicted(release, pod), 60, f"{pod['metadata']['name']} may go")


def _is_evicted(release: Release, pod: Thing) -> bool:
    try:
        release.api.evict(pod)
    except httpx.HTTPStatusError as error:
        if error.response.status_code != 429:
            raise
        return False
    return True

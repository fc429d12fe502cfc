"""Every rendered manifest keeps its pods to their work (F17); read from the golden files, so without helm."""

from typing import Any

import pytest

from chassis.http.server import GRACE_SECONDS
from tests.deploy.manifests import Manifest, everything, golden, one, pods, selects

_PODS = [
    pytest.param(template["spec"], id=f"{example}:{name}")
    for example in ("cluster", "one-pod")
    for name, template in pods(golden(example))
]
_DEPLOYMENTS = [
    pytest.param(golden(example), found, id=f"{example}:{found['metadata']['name']}")
    for example, found in everything()
    if found["kind"] == "Deployment"
]
for_each_pod = pytest.mark.parametrize("pod", _PODS)
for_each_deployment = pytest.mark.parametrize(("manifests", "deployment"), _DEPLOYMENTS)


@for_each_pod
def test_a_pod_is_restricted_as_pod_security_says(pod: Manifest) -> None:
    """F17."""
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


@for_each_pod
def test_a_pod_holds_no_token_of_the_cluster(pod: Manifest) -> None:
    """F17."""
    assert pod["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in pod


@for_each_pod
def test_kubernetes_adds_no_variables_that_look_like_settings(pod: Manifest) -> None:
    """A Service rcdm-ingest would give each pod RCDM_INGEST_PORT, and an unknown setting stops the start (G4)."""
    assert pod["enableServiceLinks"] is False


@for_each_pod
def test_what_a_pod_writes_has_a_size(pod: Manifest) -> None:
    """F17."""
    for volume in pod["volumes"]:
        kind: dict[str, Any] = {key: value for key, value in volume.items() if key != "name"}
        assert kind.keys() <= {"configMap", "persistentVolumeClaim", "emptyDir"}
        assert "emptyDir" not in kind or kind["emptyDir"]["sizeLimit"]


@for_each_pod
def test_a_container_asks_for_what_it_needs_and_has_limits(pod: Manifest) -> None:
    """F17."""
    for container in pod["containers"]:
        for which in ("requests", "limits"):
            assert container["resources"][which].keys() == {"cpu", "memory"}


@for_each_pod
def test_an_image_is_named_by_its_version(pod: Manifest) -> None:
    for container in pod["containers"]:
        _, _, version = container["image"].partition(":")
        assert version
        assert version != "latest"


@for_each_deployment
def test_the_probes_ask_for_life_and_for_readiness(manifests: list[Manifest], deployment: Manifest) -> None:
    """F17: an away Kafka makes a pod unready, never dead."""
    for container in deployment["spec"]["template"]["spec"]["containers"]:
        asked = {kind: container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
        assert asked == {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}


@for_each_deployment
def test_a_deployment_has_a_disruption_budget(manifests: list[Manifest], deployment: Manifest) -> None:
    """F17."""
    budget = one(manifests, "PodDisruptionBudget", deployment["metadata"]["name"])
    assert budget["spec"]["maxUnavailable"] == 1
    assert selects(budget["spec"]["selector"]["matchLabels"], deployment["spec"]["template"]["metadata"]["labels"])


@for_each_deployment
def test_a_pod_has_more_time_to_stop_than_its_host_takes(manifests: list[Manifest], deployment: Manifest) -> None:
    """C13: requests come for some seconds more, those in flight have their time, the rest is for the work in hand."""
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    farewell = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] >= farewell + GRACE_SECONDS + 15

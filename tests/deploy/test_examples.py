"""The rendered examples say what the code says: groups, topics, memory, settings, who holds which secret."""

from typing import Any

import pytest

from chassis.messaging import topics
from chassis.messaging.kafka.address import kafka_address
from chassis.settings import PREFIX, Settings
from deploy.helm.rendering import CHART, GATEWAY, OBSERVABILITY, values_of
from services import SERVICES
from tests.deploy.manifests import Manifest, environment, golden, mebibytes, one, pods

_CLUSTER, _ONE_POD = golden("cluster"), golden("one-pod")
_SETTINGS = {PREFIX + name.upper() for name in Settings.model_fields}
_MEBIBYTE = 1 << 20


def test_the_lag_that_scales_extract_is_that_of_its_consumer_group() -> None:
    """G2: group and topic as the event log names them under the prefix of RCDM_EVENTS."""
    (trigger,) = one(_CLUSTER, "ScaledObject", "rcdm-extract")["spec"]["triggers"]
    address, topic = kafka_address("kafka://kafka.kafka.svc:9092/wkuh"), topics.INSTANCE_RECEIVED.name
    assert trigger["metadata"]["bootstrapServers"] == ",".join(address.servers)
    assert trigger["metadata"]["topic"] == address.topic(topic)
    assert trigger["metadata"]["consumerGroup"] == address.group(topic, "extract")
    assert trigger["metadata"]["offsetResetPolicy"] == "earliest"


def test_a_pod_leaves_its_groups_when_it_goes() -> None:
    """G1: Kafka keeps a named member's partitions for it, but a pod of a Deployment never comes back by its name."""
    for _, template in pods(_CLUSTER):
        assert all("RCDM_MEMBER" not in environment(container) for container in template["spec"]["containers"])


def test_a_deployment_that_is_scaled_names_no_replicas() -> None:
    """G2: else every upgrade would undo the scaling."""
    assert "replicas" not in one(_CLUSTER, "Deployment", "rcdm-extract")["spec"]


def test_no_more_pods_than_partitions() -> None:
    """G2: a member more would wait for work that never comes."""
    container = _container(one(_CLUSTER, "Deployment", "rcdm-extract"))
    most = one(_CLUSTER, "ScaledObject", "rcdm-extract")["spec"]["maxReplicaCount"]
    assert most <= int(environment(container)["RCDM_PARTITIONS"])


@pytest.mark.parametrize(
    "deployment", [one(_CLUSTER, "Deployment", "rcdm-extract"), one(_ONE_POD, "Deployment", "rcdm-all")]
)
def test_a_hostile_image_meets_its_worker_s_limit_before_the_pod_s(deployment: Manifest) -> None:
    """F17: Kubernetes ends a whole container that is out of memory, the service with the worker."""
    limits = _container(deployment)["resources"]["limits"]
    worker = Settings.model_fields["decode_memory_bytes"].default // _MEBIBYTE
    assert mebibytes(limits["memory"]) >= int(limits["cpu"]) * worker + 1024


def test_extract_has_one_image_worker_for_each_of_its_processors() -> None:
    asked = environment(_container(one(_CLUSTER, "Deployment", "rcdm-extract")))["RCDM_EXTRACT_PROCESSES"]
    assert asked == {"resourceFieldRef": {"resource": "limits.cpu"}}


def test_every_service_runs_in_the_cluster_once() -> None:
    run = [name for deployment in _deployments(_CLUSTER) for name in _container(deployment).get("args", [])[1:]]
    assert sorted(name for name in run if name in SERVICES) == sorted(SERVICES)


def test_every_variable_of_a_pod_is_a_setting() -> None:
    """G4: a setting we do not know stops the start."""
    for _, template in [*pods(_CLUSTER), *pods(_ONE_POD)]:
        for container in template["spec"]["containers"]:
            assert {name for name in environment(container) if name.startswith(PREFIX)} <= _SETTINGS


def test_no_secret_is_written_in_a_manifest() -> None:
    """F14: a secret setting is a reference or it is not there."""
    for _, template in [*pods(_CLUSTER), *pods(_ONE_POD)]:
        for container in template["spec"]["containers"]:
            for name in ("RCDM_DATABASE", "RCDM_EVENTS", "RCDM_BLOBS", "RCDM_SITE_KEY", "RCDM_ADMIN_KEY"):
                assert "secretKeyRef" in environment(container).get(name, "secretKeyRef")


def test_a_pod_holds_only_the_secrets_it_needs() -> None:
    """F14."""
    assert "RCDM_ADMIN_KEY" not in environment(_container(one(_CLUSTER, "Deployment", "rcdm-extract")))
    job = environment(_container(one(_CLUSTER, "Job", "rcdm-migrate")))
    assert {name for name, said in job.items() if "secretKeyRef" in said} == {"RCDM_DATABASE"}


def test_the_migrations_run_before_anything_else_changes() -> None:
    annotations = one(_CLUSTER, "Job", "rcdm-migrate")["metadata"]["annotations"]
    assert annotations["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert "hook-failed" not in annotations["helm.sh/hook-delete-policy"]


def test_the_gateway_has_the_files_of_the_laptop() -> None:
    """One source: make chart leaves out of the golden file what is deploy/gateway byte by byte."""
    assert (CHART / "files" / "gateway").resolve() == GATEWAY
    data = one(_CLUSTER, "ConfigMap", "rcdm-gateway")["data"]
    assert data == {path.name: f"as in deploy/gateway/{path.name}\n" for path in GATEWAY.glob("*.template")}


def test_the_alerts_and_the_dashboard_are_those_of_the_runbook() -> None:
    """G5, and one source as well."""
    for name in ("rules.yaml", "dashboard.json"):
        assert (CHART / "files" / name).resolve() == OBSERVABILITY / name
    rendered = (values_of("cluster").parent / "rendered" / "monitoring.yaml").read_text()
    assert "spec:\n  # as in deploy/observability/rules.yaml\n" in rendered
    assert "rcdm.json: |\n    as in deploy/observability/dashboard.json\n" in rendered


def test_the_gateway_lets_through_what_ingest_takes() -> None:
    container = _container(one(_CLUSTER, "Deployment", "rcdm-gateway"))
    assert int(environment(container)["GATEWAY_REQUEST_BYTES"]) == Settings.model_fields["request_bytes"].default


def test_a_route_s_backend_is_there() -> None:
    """No route ends nowhere, and none ends an upload by its clock."""
    (rule,) = one(_CLUSTER, "HTTPRoute", "rcdm-door")["spec"]["rules"]
    (backend,) = rule["backendRefs"]
    assert one(_CLUSTER, "Service", backend["name"])["spec"]["ports"][0]["port"] == backend["port"]
    assert rule["timeouts"] == {"request": "0s"}


def test_the_volume_of_the_one_pod_outlives_the_release() -> None:
    claim = one(_ONE_POD, "PersistentVolumeClaim", "rcdm-all")
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert one(_ONE_POD, "Deployment", "rcdm-all")["spec"]["strategy"] == {"type": "Recreate"}


def _deployments(manifests: list[Manifest]) -> list[Manifest]:
    return [found for found in manifests if found["kind"] == "Deployment"]


def _container(found: Manifest) -> dict[str, Any]:
    (container,) = found["spec"]["template"]["spec"]["containers"]
    return dict(container)

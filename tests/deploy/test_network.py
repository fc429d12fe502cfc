"""Who may talk to whom in the cluster (F17); read from the golden files, so without helm."""

from typing import Any

import pytest

from tests.deploy.manifests import Manifest, golden, one, pods, selects

_CLUSTER = golden("cluster")
_DNS, _DATABASE, _EVENTS, _BLOBS = {53}, {5432}, {9092, 9093}, {9000}


@pytest.mark.parametrize("example", ["cluster", "one-pod"])
def test_nothing_is_allowed_to_any_pod_by_default(example: str) -> None:
    """F17."""
    spec = one(golden(example), "NetworkPolicy", "rcdm-default-deny")["spec"]
    assert spec.keys() == {"podSelector", "policyTypes"}
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    for _, template in pods(golden(example)):
        assert selects(spec["podSelector"]["matchLabels"], template["metadata"]["labels"])


@pytest.mark.parametrize(("name", "template"), [pytest.param(*pod, id=pod[0]) for pod in pods(_CLUSTER)])
def test_every_pod_has_a_policy_of_its_own(name: str, template: Manifest) -> None:
    """F17."""
    spec = one(_CLUSTER, "NetworkPolicy", name)["spec"]
    assert selects(spec["podSelector"]["matchLabels"], template["metadata"]["labels"])
    assert spec["policyTypes"] == ["Ingress", "Egress"]


def test_extract_reaches_nothing_but_kafka_s3_postgresql_and_name_servers() -> None:
    """F17: it decodes what strangers sent, so it must not be able to carry anything away."""
    egress = one(_CLUSTER, "NetworkPolicy", "rcdm-extract")["spec"]["egress"]
    assert [_ports(rule) for rule in egress] == [_DNS, _BLOBS, _DATABASE, _EVENTS]
    assert all(rule["to"] for rule in egress)


def test_only_prometheus_reaches_extract() -> None:
    """F17."""
    (rule,) = one(_CLUSTER, "NetworkPolicy", "rcdm-extract")["spec"]["ingress"]
    assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]


def test_the_migrations_reach_the_database_only() -> None:
    """F17."""
    spec = one(_CLUSTER, "NetworkPolicy", "rcdm-migrate")["spec"]
    assert [_ports(rule) for rule in spec["egress"]] == [_DNS, _DATABASE]
    assert "ingress" not in spec


def test_the_gateway_reaches_the_services_that_answer_clients() -> None:
    """F17."""
    (_, services) = one(_CLUSTER, "NetworkPolicy", "rcdm-gateway")["spec"]["egress"]
    reached = {peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for peer in services["to"]}
    assert reached == {"ingest", "catalog", "export", "operations", "front"}


def test_the_embedded_home_reaches_nothing_outside() -> None:
    """F17: what it stands on is in its own pod."""
    (names,) = one(golden("one-pod"), "NetworkPolicy", "rcdm-all")["spec"]["egress"]
    assert _ports(names) == _DNS


def _ports(rule: dict[str, Any]) -> set[int]:
    return {port["port"] for port in rule["ports"]}

"""Nodes that only say they run what is scheduled on them, and how a pod fares there (stages of kwok)."""

from typing import Any

import yaml

from deploy.helm.kinds import go_module
from tests.kube.api import Thing

_KWOK = "sigs.k8s.io/kwok@v0.8.0"
_STAGES = ("pod/fast/pod-ready", "pod/fast/pod-delete", "node/fast/node-initialize", "node/heartbeat/node-heartbeat")
# Tags of images: Jobs of the first fail here, those of the second take a while.
FAILING, SLOW = "failing", "slow"
_SLOW_SECONDS = 4


def node(name: str) -> Thing:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}},
        "status": {
            "capacity": {"cpu": "64", "memory": "256Gi", "pods": "200"},
            "allocatable": {"cpu": "64", "memory": "256Gi", "pods": "200"},
        },
    }


def is_ready(found: Thing) -> bool:
    conditions = found.get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def stages() -> str:
    """kwok's own stages; the pods of Jobs complete at once, unless the tag of their image says otherwise."""
    root = go_module(_KWOK) / "kustomize/stage"
    complete = (root / "pod/fast/pod-complete.yaml").read_text()
    fail = complete.replace("exitCode: 0", "exitCode: 1").replace("phase: Succeeded", "phase: Failed")
    assert fail.count("exitCode: 1") == 1 == fail.count("phase: Failed")
    documents = [yaml.safe_load((root / f"{name}.yaml").read_text()) for name in _STAGES]
    slow = _only(complete, "pod-complete-slowly", "In", SLOW)
    slow["spec"]["delay"] = {"durationMilliseconds": _SLOW_SECONDS * 1000}
    documents += [_only(complete, "pod-complete", "NotIn", FAILING, SLOW), slow, _only(fail, "pod-fail", "In", FAILING)]
    return yaml.safe_dump_all(documents)


def _only(text: str, name: str, operator: str, *tags: str) -> dict[str, Any]:
    stage: dict[str, Any] = yaml.safe_load(text)
    stage["metadata"]["name"] = name
    image = {"key": ".spec.containers.[].image", "operator": operator, "values": [f"rcdm:{tag}" for tag in tags]}
    stage["spec"]["selector"]["matchExpressions"].append(image)
    return stage

"""JSON schemas of the kinds the chart renders, for kubeconform without a network.

Those of Kubernetes come with the Python package kubernetes-validate; those of KEDA, Gateway API and the Prometheus
operator are made from the custom resource definitions in their Go modules, which Go's module cache keeps.
"""

import json
import subprocess
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from deploy.programs.machine import find

OLDEST, NEWEST = "1.30.0", "1.37.0"
# What a kubeconform location looks like for the two folders that `lay_out` makes.
LOCATIONS = (
    "kubernetes-{{ .NormalizedKubernetesVersion }}/{{ .ResourceKind }}{{ .KindSuffix }}.json",
    "custom/{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json",
)
_DEFINITIONS = {
    "github.com/kedacore/keda/v2@v2.21.0": ("config/crd/bases/keda.sh_scaledobjects",),
    "sigs.k8s.io/gateway-api@v1.6.3": ("config/crd/standard/gateway.networking.k8s.io_httproutes",),
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": (
        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors",
        "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules",
    ),
}
_KINDS = (
    "configmap-v1",
    "deployment-apps-v1",
    "horizontalpodautoscaler-autoscaling-v2",
    "ingress-networking-v1",
    "job-batch-v1",
    "networkpolicy-networking-v1",
    "persistentvolumeclaim-v1",
    "poddisruptionbudget-policy-v1",
    "service-v1",
)
_SHARED = "/api/_definitions.json#/$defs/"


def lay_out(folder: Path) -> list[str]:
    """Writes the schemas below the folder; answers with kubeconform's locations of them."""
    for version in (OLDEST, NEWEST):
        _kubernetes(version, folder / f"kubernetes-v{version}")
    for module, definitions in _DEFINITIONS.items():
        for name in definitions:
            _custom(yaml.safe_load((go_module(module) / f"{name}.yaml").read_text()), folder / "custom")
    return [f"{folder}/{location}" for location in LOCATIONS]


def go_module(module: str) -> Path:
    """Where its files lie, fetched through the module proxy if they were not yet. `module`: path@version."""
    command = [str(find("go")), "mod", "download", "-json", module]
    told = subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=300, check=True)
    return Path(json.loads(told.stdout)["Dir"])


def _kubernetes(version: str, folder: Path) -> None:
    source = Path(str(files("kubernetes_validate"))) / "kubernetes-json-schema" / f"v{version}-local-strict"
    shared = json.loads((source / "_definitions.json").read_text())["$defs"]
    folder.mkdir(parents=True)
    for kind in _KINDS:
        schema = json.loads((source / f"{kind}.json").read_text().replace(_SHARED, "#/$defs/"))
        schema["$defs"] = _reached(schema, shared)
        (folder / f"{kind}.json").write_text(json.dumps(schema))


def _reached(schema: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    open_ends = list(_references(schema))
    while open_ends:
        name = open_ends.pop()
        if name not in found:
            found[name] = shared[name]
            open_ends += _references(shared[name])
    return found


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"].removeprefix("#/$defs/")
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _references(one)


def _custom(definition: dict[str, Any], folder: Path) -> None:
    spec = definition["spec"]
    (folder / spec["group"]).mkdir(parents=True, exist_ok=True)
    for version in spec["versions"]:
        path = folder / spec["group"] / f"{spec['names']['kind'].lower()}_{version['name']}.json"
        path.write_text(json.dumps(_closed(version["schema"]["openAPIV3Schema"])))


def _closed(part: Any) -> Any:
    """An API server drops what a definition does not name; we refuse it, for it is a misspelling."""
    if isinstance(part, list):
        return [_closed(one) for one in part]
    if not isinstance(part, dict):
        return part
    closed = {key: _closed(value) for key, value in part.items()}
    if part.get("x-kubernetes-int-or-string"):
        return {**closed, "type": ["integer", "string"]}
    is_open = part.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in part
    if isinstance(part.get("properties"), dict) and part.get("type") == "object" and not is_open:
        closed["additionalProperties"] = False
    return closed

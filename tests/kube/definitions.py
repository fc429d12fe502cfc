"""The kinds that are no part of Kubernetes itself: KEDA's, Gateway API's and the Prometheus operator's."""

import yaml

from deploy.helm.kinds import go_module
from tests.kube.api import Api, Thing
from tests.kube.eventually import eventually

KEDA = "github.com/kedacore/keda/v2@v2.21.0"
_FOLDERS = {
    KEDA: ("config/crd/bases", "*.yaml"),
    "sigs.k8s.io/gateway-api@v1.6.3": ("config/crd/standard", "gateway.networking.k8s.io_*.yaml"),
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": (
        "example/prometheus-operator-crd",
        "monitoring.coreos.com_[sp]*r*s.yaml",
    ),
}


def define_all(api: Api) -> None:
    """Established when it returns."""
    definitions = [
        definition
        for module, (folder, names) in _FOLDERS.items()
        for path in sorted((go_module(module) / folder).glob(names))
        for definition in yaml.load_all(path.read_text(), yaml.CSafeLoader)
        if definition and definition["kind"] == "CustomResourceDefinition"
    ]
    for definition in definitions:
        definition.pop("status", None)
        api.apply(definition)
    eventually(lambda: all(_is_established(api.read(one)) for one in definitions), 60, "all kinds are known")


def _is_established(definition: Thing) -> bool:
    conditions = definition.get("status", {}).get("conditions", [])
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)

"""The golden manifests of the chart's examples, as objects, and what tests ask of them."""

from collections.abc import Iterator
from typing import Any

import yaml

from deploy.helm.rendering import EXAMPLES, values_of

Manifest = dict[str, Any]


def golden(example: str) -> list[Manifest]:
    folder = values_of(example).parent / "rendered"
    texts = [path.read_text() for path in sorted(folder.glob("*.yaml"))]
    return [found for text in texts for found in yaml.safe_load_all(text) if found]


def everything() -> list[tuple[str, Manifest]]:
    return [(example, found) for example in EXAMPLES for found in golden(example)]


def pods(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Name and pod of everything that makes pods."""
    for found in manifests:
        if found["kind"] in ("Deployment", "Job", "StatefulSet", "DaemonSet", "CronJob"):
            yield found["metadata"]["name"], found["spec"]["template"]


def one(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    (found,) = [one for one in manifests if one["kind"] == kind and one["metadata"]["name"] == name]
    return found


def environment(container: Manifest) -> dict[str, Any]:
    return {said["name"]: said.get("value", said.get("valueFrom")) for said in container["env"]}


def mebibytes(quantity: str) -> int:
    units = {"Ki": 1 / 1024, "Mi": 1, "Gi": 1024, "Ti": 1024 * 1024}
    return int(float(quantity[:-2]) * units[quantity[-2:]])


def selects(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return selector.items() <= labels.items()

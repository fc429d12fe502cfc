"""A release of the chart in a namespace of its own, where Pod Security is enforced, as helm and the server see it."""

import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from deploy.helm.rendering import CHART, ChartRefused, objects, values_of
from deploy.programs.cache import ready
from tests.kube.api import Api, Thing
from tests.kube.plane import Plane

NAME = "rcdm"
_SECRETS = ("RCDM_DATABASE", "RCDM_EVENTS", "RCDM_BLOBS", "RCDM_SITE_KEY", "RCDM_ADMIN_KEY")
_SECONDS = 120


@dataclass(frozen=True)
class Release:
    """Its values are those of an example of the chart, with more on top at each call."""

    plane: Plane
    namespace: str
    example: str

    @property
    def api(self) -> Api:
        return self.plane.api

    def install(self, *more: str) -> None:
        """Returns when all of it is available. Raises ChartRefused with helm's own words."""
        self._helm("install", NAME, str(CHART), *self._values(more), *_WAIT)

    def upgrade(self, *more: str) -> None:
        """As `install`."""
        self._helm("upgrade", NAME, str(CHART), *self._values(more), *_WAIT)

    def upgrade_or_take_back(self, *more: str) -> None:
        """As `install`; what was done before it failed is undone."""
        self._helm("upgrade", NAME, str(CHART), *self._values(more), *_WAIT, "--rollback-on-failure")

    def rollback(self) -> None:
        """To the revision before."""
        self._helm("rollback", NAME, *_WAIT)

    def uninstall(self) -> None:
        self._helm("uninstall", NAME, "--wait")

    def revision(self) -> int:
        return len(self._helm("history", NAME).splitlines()) - 1

    def manifest(self) -> list[Thing]:
        """What helm believes to be there, without hooks."""
        found = objects(self._helm("get", "manifest", NAME))
        return [one | {"metadata": {"namespace": self.namespace, **one["metadata"]}} for one in found]

    def deployments(self) -> dict[str, Thing]:
        return {one["metadata"]["name"]: one for one in self.api.list("apps/v1", "Deployment", self.namespace)}

    def deployment(self, service: str) -> Thing:
        return self.deployments()[f"{NAME}-{service}"]

    def pods(self, service: str = "") -> list[Thing]:
        """Those that are not about to end; of all services, or of one."""
        labels = f"app.kubernetes.io/component={service}" if service else ""
        found = self.api.list("v1", "Pod", self.namespace, labels)
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def unavailable(self) -> list[str]:
        """The Deployments that lack a pod that is ready."""
        return [name for name, one in self.deployments().items() if not _is_available(one)]

    def generations(self) -> dict[str, int]:
        """A Deployment that is changed has another."""
        return {name: one["metadata"]["generation"] for name, one in self.deployments().items()}

    def images(self) -> set[str]:
        """Of rcdm's own containers."""
        containers = [one["spec"]["template"]["spec"]["containers"][0] for one in self.deployments().values()]
        return {one["image"] for one in containers if one["name"] == "rcdm"}

    def events(self, reason: str) -> list[Thing]:
        """What controllers told of these objects, by the reason they gave."""
        return [one for one in self.api.list("v1", "Event", self.namespace) if one["reason"] == reason]

    def _values(self, more: Sequence[str]) -> list[str]:
        return ["--values", str(values_of(self.example)), *(word for one in more for word in ("--set", one))]

    def _helm(self, *arguments: str) -> str:
        where = ("--namespace", self.namespace, "--kubeconfig", str(self.plane.kubeconfig))
        command = [str(ready("helm")), *arguments, *where]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS + 60)
        if done.returncode:
            raise ChartRefused(done.stderr)
        return done.stdout


_WAIT = ("--wait", "--timeout", f"{_SECONDS}s")


def _is_available(deployment: Thing) -> bool:
    conditions = deployment.get("status", {}).get("conditions", [])
    return any(one["type"] == "Available" and one["status"] == "True" for one in conditions)


def new_release(plane: Plane, example: str = "cluster", **values: str) -> Release:
    """Nothing is installed yet; the namespace and the Secret an operator makes beforehand are there."""
    namespace = f"rcdm-{secrets.token_hex(3)}"
    enforced = {"pod-security.kubernetes.io/enforce": "restricted"}
    plane.api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": enforced}})
    plane.api.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "rcdm", "namespace": namespace},
            "stringData": {name: values.get(name, "unused") for name in _SECRETS},
        }
    )
    return Release(plane, namespace, example)

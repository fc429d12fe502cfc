"""The API server as a client sees it: any object applied, read, listed and deleted by what it says of itself."""

import json
import ssl
from functools import cache
from pathlib import Path
from typing import Any

import httpx

Thing = dict[str, Any]


class Api:
    """Raises httpx.HTTPStatusError, with the server's own words, for what it refuses."""

    def __init__(self, address: str, authority: Path, token: str) -> None:
        trust = ssl.create_default_context(cafile=str(authority))
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=address, verify=trust, headers=headers, timeout=30)
        self._resources = cache(self._discover)

    def close(self) -> None:
        self._http.close()

    def answers(self, path: str) -> bool:
        """Whether it says 200 there."""
        try:
            return self._http.get(path).status_code == 200
        except httpx.TransportError:
            return False

    def get(self, path: str, **parameters: str) -> Thing:
        """Any path, such as one of an aggregated API."""
        return _checked(self._http.get(path, params=parameters))

    def apply(self, thing: Thing) -> Thing:
        """Made, or brought to this."""
        return _checked(
            self._http.patch(
                self._path(thing),
                params={"fieldManager": "tests", "force": "true"},
                content=json.dumps(thing),
                headers={"Content-Type": "application/apply-patch+yaml"},
            )
        )

    def read(self, thing: Thing) -> Thing:
        """As the server has it."""
        return _checked(self._http.get(self._path(thing)))

    def list(self, version: str, kind: str, namespace: str, labels: str = "") -> list[Thing]:
        path = self._path({"apiVersion": version, "kind": kind, "metadata": {"namespace": namespace, "name": ""}})
        items = self.get(path.rstrip("/"), labelSelector=labels)["items"]
        return [{"apiVersion": version, "kind": kind, **item} for item in items]

    def scale(self, thing: Thing, replicas: int) -> Thing:
        """As an autoscaler does."""
        headers = {"Content-Type": "application/merge-patch+json"}
        change = json.dumps({"spec": {"replicas": replicas}})
        return _checked(self._http.patch(f"{self._path(thing)}/scale", content=change, headers=headers))

    def evict(self, pod: Thing) -> None:
        """As who empties a node does: refused (429) where a disruption budget says so."""
        named = {name: pod["metadata"][name] for name in ("name", "namespace")}
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": named}
        _checked(self._http.post(f"{self._path(pod)}/eviction", json=body))

    def all_in(self, namespace: str) -> set[tuple[str, str]]:
        """Kind and name of everything there, but for what is only told of it (events)."""
        roots = ["/api/v1"] + [
            f"/apis/{group['preferredVersion']['groupVersion']}" for group in self.get("/apis")["groups"]
        ]
        return {
            (resource["kind"], item["metadata"]["name"])
            for root in roots
            for resource in self.get(root)["resources"]
            if resource["namespaced"] and "list" in resource["verbs"] and resource["kind"] != "Event"
            for item in self.get(f"{root}/namespaces/{namespace}/{resource['name']}")["items"]
        }

    def _path(self, thing: Thing) -> str:
        version, metadata = str(thing["apiVersion"]), thing["metadata"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        plural, is_namespaced = self._resources(root)[thing["kind"]]
        within = f"/namespaces/{metadata['namespace']}" if is_namespaced else ""
        return f"{root}{within}/{plural}/{metadata['name']}"

    def _discover(self, root: str) -> dict[str, tuple[str, bool]]:
        resources = self.get(root)["resources"]
        return {one["kind"]: (one["name"], one["namespaced"]) for one in resources if "/" not in one["name"]}


def _checked(answer: httpx.Response) -> Thing:
    if answer.is_error:
        raise httpx.HTTPStatusError(answer.text, request=answer.request, response=answer)
    found: Thing = answer.json()
    return found

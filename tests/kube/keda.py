"""KEDA's operator and its server of metrics on the control plane, which makes its numbers an API of Kubernetes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from deploy.laptop.ports import HOST, kept_port
from deploy.laptop.server import Command, Server
from deploy.programs.cache import ready
from tests.kube.eventually import eventually
from tests.kube.plane import Plane, program

_NAMESPACE = "keda"
_GROUP = "external.metrics.k8s.io"


@contextmanager
def keda(plane: Plane) -> Iterator[None]:
    """Its metrics can be asked for when it is entered."""
    folder = plane.folder / "keda"
    folder.mkdir(parents=True, exist_ok=True)
    pair = plane.authority.pair("tls")
    (folder / "ca.crt").write_bytes(plane.authority.certificate.read_bytes())
    (folder / "tls.crt").write_bytes(pair.certificate.read_bytes())
    (folder / "tls.key").write_bytes(pair.key.read_bytes())
    plane.api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _NAMESPACE}})
    with ExitStack() as running:
        numbers = kept_port(folder, "numbers")
        for server in (_operator(plane, folder, numbers), _adapter(plane, folder, numbers)):
            running.callback(server.kill)
            server.start()
        _announce(plane, kept_port(plane.folder / "adapter"))
        yield


def _operator(plane: Plane, pki: Path, numbers: int) -> Server:
    folder = plane.folder / "operator"
    health = kept_port(folder)
    arguments: list[str | Path] = [
        ready("keda") / "operator", f"--kubeconfig={plane.kubeconfig}", f"--cert-dir={pki}",
        "--enable-cert-rotation=false", "--enable-apiservice-patching=false", "--enable-webhook-patching=false",
        f"--metrics-service-bind-address={HOST}:{numbers}", f"--health-probe-bind-address={HOST}:{health}",
        f"--metrics-bind-address={HOST}:{kept_port(folder, 'metrics')}",
    ]  # fmt: skip
    return _tuned(program(folder, arguments, health))


def _adapter(plane: Plane, pki: Path, numbers: int) -> Server:
    folder = plane.folder / "adapter"
    port = kept_port(folder)
    arguments: list[str | Path] = [
        ready("keda") / "adapter", f"--kubeconfig={plane.kubeconfig}", f"--lister-kubeconfig={plane.kubeconfig}",
        f"--authentication-kubeconfig={plane.kubeconfig}", f"--authorization-kubeconfig={plane.kubeconfig}",
        f"--bind-address={HOST}", f"--secure-port={port}", f"--tls-cert-file={pki / 'tls.crt'}",
        f"--tls-private-key-file={pki / 'tls.key'}", f"--cert-dir={pki}",
        f"--metrics-service-address=localhost:{numbers}", f"--port={kept_port(folder, 'metrics')}",
    ]  # fmt: skip
    return _tuned(program(folder, arguments, port))


def _tuned(server: Server) -> Server:
    command = server.prepare
    more = {"KEDA_CLUSTER_OBJECT_NAMESPACE": _NAMESPACE, "WATCH_NAMESPACE": "", "POD_NAMESPACE": _NAMESPACE}

    def prepare(stack: ExitStack) -> Command:
        found = command(stack)
        return Command(found.arguments, {**found.environment, **more}, found.options)

    return replace(server, prepare=prepare)


def _announce(plane: Plane, port: int) -> None:
    # Without a network of pods a name that means this machine stands for the Service.
    named = {"name": "keda-metrics", "namespace": _NAMESPACE}
    spec = {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]}
    plane.api.apply({"apiVersion": "v1", "kind": "Service", "metadata": named, "spec": spec})
    plane.api.apply(
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": f"v1beta1.{_GROUP}"},
            "spec": {
                "group": _GROUP,
                "version": "v1beta1",
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
                "insecureSkipTLSVerify": True,
                "service": {**named, "port": port},
            },
        }
    )
    eventually(lambda: plane.api.answers(f"/apis/{_GROUP}/v1beta1"), 60, "KEDA's metrics are an API")

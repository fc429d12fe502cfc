"""A control plane of Kubernetes without containers: etcd, API server, controllers, scheduler; kwok plays the nodes."""

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.laptop.ports import HOST, answers_200, kept_port, listens
from deploy.laptop.server import Command, Server, plain_environment
from deploy.programs.cache import ready
from tests.kube.api import Api
from tests.kube.certificates import Authority, Pair, signing_key
from tests.kube.eventually import eventually
from tests.kube.nodes import is_ready, node, stages

_NODES = ("node-1", "node-2")
_QUICK = ("--horizontal-pod-autoscaler-sync-period=5s", "--horizontal-pod-autoscaler-initial-readiness-delay=5s")


@dataclass(frozen=True)
class Plane:
    """`kubeconfig` lets helm and controllers in as an administrator; `authority` signs what the API server trusts."""

    folder: Path
    api: Api
    kubeconfig: Path
    authority: Authority


@contextmanager
def control_plane(folder: Path) -> Iterator[Plane]:
    """Up when it is entered, with its nodes ready; gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    programs, token, authority = ready("kubernetes"), secrets.token_hex(16), Authority(folder / "pki")
    address, account = f"https://{HOST}:{kept_port(folder / 'apiserver')}", signing_key(folder / "sa.key")
    kubeconfig = _kubeconfig(folder / "kubeconfig", address, token)
    signed = (f"--service-account-private-key-file={account}", *_QUICK)
    with ExitStack() as running:
        etcd = _started(running, _etcd(folder / "etcd"))
        server = _api_server(folder / "apiserver", programs, etcd, authority, account, token)
        _started(running, server)
        _started(running, _controller(folder / "controllers", programs / "kube-controller-manager", kubeconfig, signed))
        _started(running, _controller(folder / "scheduler", programs / "kube-scheduler", kubeconfig))
        _started(running, _kwok(folder / "kwok", kubeconfig))
        api = Api(address, folder / "apiserver/apiserver.crt", token)
        running.callback(api.close)
        for name in _NODES:
            api.apply(node(name))
        eventually(lambda: all(is_ready(api.read(node(name))) for name in _NODES), 60, "nodes are ready")
        yield Plane(folder, api, kubeconfig, authority)


def program(
    folder: Path, arguments: Sequence[str | Path], port: int, answers: Callable[[], bool] | None = None
) -> Server:
    """A process of the control plane: ends with the tests, and answers when it listens."""
    command = Command(arguments, plain_environment(), {"cwd": folder})
    is_up = answers or (lambda: listens(port))
    return Server(folder.name, folder, port, f"{HOST}:{port}", lambda _: command, is_up, is_tied=True)


def _started(running: ExitStack, server: Server) -> Server:
    running.callback(server.kill)
    server.start()
    return server


def _etcd(folder: Path) -> Server:
    port, peers = kept_port(folder), kept_port(folder, "peers")
    client, peer = f"http://{HOST}:{port}", f"http://{HOST}:{peers}"
    arguments: list[str | Path] = [
        ready("etcd"), f"--data-dir={folder}/data", f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}", f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}", "--log-level=error",
    ]  # fmt: skip
    return replace(program(folder, arguments, port, lambda: answers_200(port, "/health")), address=client)


def _api_server(folder: Path, programs: Path, etcd: Server, authority: Authority, account: Path, token: str) -> Server:
    folder.mkdir(parents=True, exist_ok=True)
    tokens, port = folder / "tokens.csv", kept_port(folder)
    tokens.write_text(f"{token},admin,1,system:masters\n")
    proxy: Pair = authority.pair("front-proxy")
    arguments: list[str | Path] = [
        programs / "kube-apiserver", f"--etcd-servers={etcd.address}", f"--cert-dir={folder}",
        f"--bind-address={HOST}", f"--secure-port={port}", f"--service-account-key-file={account}",
        f"--service-account-signing-key-file={account}", "--service-account-issuer=https://kubernetes.default.svc",
        f"--token-auth-file={tokens}", "--authorization-mode=RBAC", "--service-cluster-ip-range=10.0.0.0/24",
        # Debian's etcd is too old for lists that come as watches: clients would wait a minute after each refusal.
        "--feature-gates=WatchList=false",
        # How it makes itself known to the servers of aggregated APIs, such as KEDA's of metrics.
        f"--requestheader-client-ca-file={authority.certificate}", "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group", "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={proxy.certificate}", f"--proxy-client-key-file={proxy.key}",
    ]  # fmt: skip
    answers = lambda: _is_ready(f"https://{HOST}:{port}", folder / "apiserver.crt", token)  # noqa: E731
    return program(folder, arguments, port, answers)


def _is_ready(address: str, certificate: Path, token: str) -> bool:
    if not certificate.exists():
        return False
    api = Api(address, certificate, token)
    try:
        return api.answers("/readyz")
    finally:
        api.close()


def _controller(folder: Path, path: Path, kubeconfig: Path, more: Sequence[str] = ()) -> Server:
    port = kept_port(folder)
    own = [f"--kubeconfig={kubeconfig}", "--leader-elect=false", f"--bind-address={HOST}", f"--secure-port={port}"]
    return program(folder, [path, *own, *more], port)


def _kwok(folder: Path, kubeconfig: Path) -> Server:
    folder.mkdir(parents=True, exist_ok=True)
    port, config = kept_port(folder), folder / "stages.yaml"
    config.write_text(stages())
    arguments: list[str | Path] = [
        ready("kwok"), f"--kubeconfig={kubeconfig}", "--manage-all-nodes=true", f"--config={config}",
        f"--server-address={HOST}:{port}",
    ]  # fmt: skip
    return program(folder, arguments, port)


def _kubeconfig(path: Path, address: str, token: str) -> Path:
    named = {"name": "tests"}
    cluster = {"server": address, "certificate-authority": str(path.parent / "apiserver/apiserver.crt")}
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [named | {"cluster": cluster}],
                "users": [named | {"user": {"token": token}}],
                "contexts": [named | {"context": {"cluster": "tests", "user": "tests"}}],
                "current-context": "tests",
            }
        )
    )
    path.chmod(0o600)
    return path

"""Ports that stay ours: kept in a file, so that a server that was stopped comes back where its clients look for it."""

import http.client
import json
import random
import socket
from pathlib import Path

# Below 32768, where Linux begins to lend ports to outgoing connections: a stopped server's port stays free.
_FROM, _TO = 20000, 32000
_TRIES = 200
HOST = "127.0.0.1"
_held: set[int] = set()


def kept_port(folder: Path, name: str = "port") -> int:
    """The port of that name in this folder, chosen at the first call."""
    file = folder / "ports.json"
    known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    if name in known:
        _hold(known[name])
    else:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        known[name] = free_port()
        aside = file.with_suffix(".new")
        aside.write_text(json.dumps(known))
        aside.replace(file)
    return known[name]


def free_port() -> int:
    """A port nothing listens on now and no other process of ours has chosen; ours as long as this process lives."""
    for _ in range(_TRIES):
        port = random.randrange(_FROM, _TO)  # noqa: S311 - nobody gains by guessing it
        if _is_free(port) and _hold(port):
            return port
    raise OSError(f"no free port between {_FROM} and {_TO}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:  # without SO_REUSEADDR it sees ports that are only held, too
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _hold(port: int) -> bool:
    """Bound and never listening: servers, which all set SO_REUSEADDR, get it, and who looks for a free one does not."""
    if port in _held:
        return True
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        holder.bind((HOST, port))
    except OSError:
        holder.close()
        return False
    holder.detach()
    _held.add(port)
    return True


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        with socket.create_connection((HOST, port), 1):
            return True
    except OSError:
        return False


def answers_200(port: int, path: str, seconds: float = 5) -> bool:
    """Whether GET says that all is well."""
    connection = http.client.HTTPConnection(HOST, port, timeout=seconds)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

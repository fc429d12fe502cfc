"""`python -m deploy.laptop up|down|status`: the cluster home on this machine, in the folder cluster of RCDM_DATA."""

import argparse
import sys
import time
from urllib.parse import urlsplit

from chassis.errors import RcdmError
from chassis.settings import read_settings
from deploy.laptop.cluster import Cluster, down, existing, up
from deploy.laptop.server import ServerFailed
from deploy.programs.cache import ready
from deploy.programs.machine import Missing

_PROGRAMS = ("java", "nginx", "kafka", "minio")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.laptop", description=__doc__)
    parser.add_argument("what", choices=("up", "down", "status"))
    parser.add_argument("--extract", type=int, default=1, metavar="N", help="processes of extract (default: 1)")
    told = parser.parse_args()
    try:
        return _do(told.what, max(1, told.extract))
    except (Missing, ServerFailed, RcdmError) as reason:
        print(reason, file=sys.stderr)
        return 1


def _do(what: str, extract: int) -> int:
    data = read_settings().data
    if what == "up":
        return _up(extract)
    if what == "down":
        down(data)
        print(f"The cluster in {data} is down; its data stay.")
        return 0
    _print_processes(existing(data))
    return 0 if existing(data).is_up() else 1


def _up(extract: int) -> int:
    for name in _PROGRAMS:
        ready(name, lambda line: print(line, flush=True))
    start, data = time.monotonic(), read_settings().data
    before = {server.pid for server in existing(data).servers()}
    found = up(data, extract)
    after = {server.pid for server in found.servers()}
    _print_processes(found)
    print("It was up." if before == after else f"Up after {time.monotonic() - start:.0f} s.")
    print(f"\nThe public address:  {found.rcdm.address}")
    for name in ("RCDM_DATABASE", "RCDM_EVENTS", "RCDM_BLOBS"):
        print(f"{name}:".ljust(20), _without_secrets(found.rcdm.settings[name]))
    print(f"\nFor rcdm's commands: set -a; . {found.environment}   (the addresses with their secrets, and a key)")
    return 0


def _print_processes(found: Cluster) -> None:
    for server in found.servers():
        pid = server.pid
        state = f"process {pid}" if pid else "down"
        print(f"{server.name:<12} {state:<16} port {server.port:<6} {server.log}")


def _without_secrets(address: str) -> str:
    url = urlsplit(address)
    return url._replace(netloc=url.netloc.rpartition("@")[2]).geturl()


if __name__ == "__main__":
    sys.exit(main())

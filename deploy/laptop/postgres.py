"""PostgreSQL from the same bundled programs as the embedded home's, listening on a port."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from signal import SIGINT
from urllib.parse import quote

from chassis.db.embedded.binaries import Programs, find_programs, run
from chassis.db.embedded.cluster import create_cluster, entered, is_ready, stop_leftovers
from chassis.db.embedded.paths import NAME, Place, close_place, open_place
from chassis.db.embedded.server import SETTINGS
from deploy.laptop.ports import HOST, kept_port, listens
from deploy.laptop.server import Command, Server, ServerFailed

# Each process of a service holds twenty connections at most.
_CONNECTIONS = {"max_connections": "300"}


def postgres(folder: Path, settings: Mapping[str, str] | None = None) -> Server:
    """`address` names the password's file and never holds the password. `settings` are PostgreSQL's own."""
    port = kept_port(folder)
    chosen = {**SETTINGS, **_CONNECTIONS, **(settings or {}), "listen_addresses": HOST, "port": str(port)}
    address = f"postgresql://{NAME}@{HOST}:{port}/{NAME}?passfile={quote(str(folder / 'password'))}"
    return Server(
        "postgres",
        folder,
        port,
        address,
        lambda stack: _prepare(folder, chosen, stack),
        lambda: is_ready(folder / "cluster") and listens(port),
        SIGINT,  # fast: sessions are ended, the data are written
        clean_up=lambda: close_place(folder),
    )


def _prepare(folder: Path, settings: Mapping[str, str], stack: ExitStack) -> Command:
    place = open_place(folder)
    programs = find_programs(None, place.user, place.room)
    stop_leftovers(place.cluster)
    is_new = not place.cluster.exists()
    create_cluster(place, programs, durable=settings.get("fsync") != "off")
    if is_new:
        _make_database(place, programs)
    path, descriptors = stack.enter_context(entered(place.cluster, place.user))
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    options = place.user.options()
    command = [str(programs.folder / "postgres"), "-D", path, "-k", "", *arguments]
    return Command(command, options.pop("env"), {"pass_fds": descriptors, **options})


def _make_database(place: Place, programs: Programs) -> None:
    """Without a network: the server in its single-user mode reads one statement and ends."""
    with entered(place.cluster, place.user) as (path, descriptors):
        command = [str(programs.folder / "postgres"), "--single", "-D", path, "postgres"]
        done = run(command, place.user, pass_fds=descriptors, input=f"CREATE DATABASE {NAME}\n", timeout=60)
    if done.returncode:
        raise ServerFailed(f"postgres: its database could not be made: {done.stderr[-600:]}")

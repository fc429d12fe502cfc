"""A PostgreSQL cluster is a folder: made whole or not at all, and used by one server at a time."""

import locale
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from chassis.db.embedded.binaries import Programs, ServerUser, run
from chassis.db.embedded.paths import NAME, Place, password_of
from chassis.errors import SettingsError

_INIT_SECONDS = 120
_FORM = ("--encoding=UTF8", "--locale=C", "--data-checksums", "--auth=scram-sha-256")
_SIGNALS = ((signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))  # fast, immediate, last resort


def create_cluster(place: Place, programs: Programs, *, durable: bool) -> None:
    """Makes the cluster at the first start; later checks that these programs can read it. Raises SettingsError."""
    password = password_of(place)
    if place.cluster.exists():
        return _check_version(place.cluster, programs)
    half = place.home / "cluster.new"
    shutil.rmtree(half, ignore_errors=True)  # of a first start that was killed
    half.mkdir(mode=0o700)
    place.user.own(half)
    _initdb(half, password, place, programs, [] if durable else ["--no-sync"])
    half.rename(place.cluster)
    _sync_folder(place.home)
    return None


@contextmanager
def entered(cluster: Path, user: ServerUser) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The cluster's path as the server's user can reach it, and the descriptors to hand on.

    The data folder is closed to everyone but us. When the server is somebody else, it gets the cluster as an open
    folder instead of a path, so no folder above needs to be opened to others.
    """
    if not user.is_other:
        yield str(cluster), ()
        return
    descriptor = os.open(cluster, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}", (descriptor,)
    finally:
        os.close(descriptor)


def stop_leftovers(cluster: Path) -> None:
    """Ends what still runs in this cluster from a killed run; a process that only re-used the id is left alone."""
    for number, seconds in _SIGNALS:
        running = _running_in(cluster)
        server = _server_of(cluster)
        # Only the server knows an orderly way; its children follow, and end by themselves when it is gone.
        for pid in [server] if server in running and number != signal.SIGKILL else running:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        if _wait(lambda: not _running_in(cluster), seconds):
            break
    else:
        raise SettingsError(f"A PostgreSQL server (process {_server_of(cluster)}) holds {cluster} and does not stop.")
    # Nothing runs here: an id in this file can only mislead the next server.
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def is_ready(cluster: Path) -> bool:
    """Whether the server of this cluster says that it takes connections."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def _initdb(folder: Path, password: str, place: Place, programs: Programs, options: Sequence[str]) -> None:
    secret = place.room / "password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    place.user.own(secret)
    with entered(folder, place.user) as (path, descriptors):
        answer = run(
            [
                programs.folder / "initdb",
                "-D",
                path,
                "-U",
                NAME,
                f"--pwfile={secret}",
                *_FORM,
                f"--lc-ctype={_ctype()}",
            ],
            place.user,
            pass_fds=descriptors,
            timeout=_INIT_SECONDS,
        )
    secret.unlink()
    if answer.returncode:
        raise SettingsError(f"PostgreSQL's folder could not be made in {place.home}: {answer.stderr.strip()[-600:]}")


def _ctype() -> str:
    """Order is by bytes, but letters are Unicode's: with plain C, pg_trgm finds no Hangul."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        return next(filter(_is_known, ("C.UTF-8", "en_US.UTF-8", "UTF-8")), "C")
    finally:
        locale.setlocale(locale.LC_CTYPE, before)


def _is_known(name: str) -> bool:
    try:
        return bool(locale.setlocale(locale.LC_CTYPE, name))
    except locale.Error:
        return False


def _check_version(cluster: Path, programs: Programs) -> None:
    made_by = (cluster / "PG_VERSION").read_text().strip()
    if made_by != str(programs.major):
        raise SettingsError(
            f"{cluster} was made by PostgreSQL {made_by} and the programs are version {programs.major}. "
            f"Name the folder of PostgreSQL {made_by}'s programs in RCDM_PG_BIN, or move the data with pg_upgrade."
        )


def _server_of(cluster: Path) -> int | None:
    try:
        return int((cluster / "postmaster.pid").read_text().partition("\n")[0])
    except (FileNotFoundError, ValueError):
        return None


def _running_in(cluster: Path) -> list[int]:
    """Every PostgreSQL process works inside its cluster's folder; elsewhere than on Linux the id file must do."""
    if sys.platform == "linux":
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _is_in(entry, cluster)]
    server = _server_of(cluster)
    return [server] if server is not None and _is_postgres(server) else []


def _is_in(process: Path, cluster: Path) -> bool:
    try:
        return os.path.samefile(process / "cwd", cluster)
    except OSError:
        return False


def _is_postgres(pid: int) -> bool:
    answer = subprocess.run(["ps", "-p", str(pid), "-o", "comm="], capture_output=True, text=True)
    return "postgres" in answer.stdout


def _wait(fact: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (known := fact()) and time.monotonic() < end:
        time.sleep(0.05)
    return known


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

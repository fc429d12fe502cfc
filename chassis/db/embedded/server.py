"""A private PostgreSQL under the data folder: our child, without a network, gone when we are gone.

Its socket asks for a random password (SCRAM): the client may be root while the server is `nobody`, and in a container
neither need have a name, so the kernel's word alone (peer) would not do.
"""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from chassis.db.embedded.binaries import Programs, find_programs
from chassis.db.embedded.cluster import create_cluster, entered, is_ready, stop_leftovers
from chassis.db.embedded.paths import NAME, Place, server_place
from chassis.errors import SettingsError, Unavailable

_LOG_BYTES = 8 << 20
_START_SECONDS = 600  # after a crash the server first replays its write-ahead log
_FAST_SECONDS = 60
_IMMEDIATE_SECONDS = 10
_WATCH_SECONDS = 0.5
_PR_SET_PDEATHSIG = 1

# Of any server of ours; where it listens is added by who starts it.
SETTINGS: Mapping[str, str] = {
    "max_connections": "60",
    "shared_buffers": "128MB",
    "wal_compression": "on",
    "max_wal_size": "512MB",
    "jit": "off",
    "timezone": "UTC",
    # A container's /dev/shm is often 64 MB: parallel workers fail there, and the cores have images to decode.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    # A failing statement may hold a patient's name: neither it nor the row it met goes into the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
_PRIVATE = {"listen_addresses": "", "unix_socket_permissions": "0700"}


@asynccontextmanager
async def embedded_postgres(
    data: Path, pg_bin: Path | None = None, settings: Mapping[str, str] | None = None
) -> AsyncIterator[str]:
    """Yields the DSN (for asyncpg; SQLAlchemy takes it as `postgresql+asyncpg:`). Raises SettingsError.

    Hold `data_folder_lock` around it: a server found running here is a leftover and gets stopped. Enter it from the
    main thread: on Linux the server stops when the thread that started it ends. `settings` are PostgreSQL's own.
    When the server ends by itself, the body is cancelled and Unavailable says what it wrote last.
    """
    chosen = {**SETTINGS, **_PRIVATE, **(settings or {})}
    with server_place(data) as place:
        programs = await asyncio.to_thread(find_programs, pg_bin, place.user, place.room)
        await asyncio.to_thread(stop_leftovers, place.cluster)
        await asyncio.to_thread(create_cluster, place, programs, durable=chosen.get("fsync") != "off")
        process = _start(place, programs, chosen)
        try:
            await _until_ready(process, place)
            await _create_database(place)
            async with asyncio.TaskGroup() as group:
                watch = group.create_task(_watch(process, place))
                yield place.dsn()
                watch.cancel()
        finally:
            await _stop(process)


def _start(place: Place, programs: Programs, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    if place.log.exists() and place.log.stat().st_size > _LOG_BYTES:
        place.log.replace(place.log.with_suffix(".log.1"))
    with entered(place.cluster, place.user) as (path, descriptors), place.log.open("ab") as log:
        return subprocess.Popen(
            [programs.folder / "postgres", "-D", path, "-k", place.room, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C in the terminal is for us: the services finish before their database
            pass_fds=descriptors,
            preexec_fn=_end_with_parent(),
            **place.user.options(),
        )


def _end_with_parent() -> Callable[[], None] | None:
    """On Linux the kernel asks the server to stop (fast) when we are killed; elsewhere the next start does."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:  # killed before the kernel knew
            os._exit(1)

    return prepare


async def _until_ready(process: subprocess.Popen[bytes], place: Place) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while not is_ready(place.cluster):
            if process.poll() is not None:
                raise SettingsError(f"PostgreSQL did not start: {_last_lines(place.log)}")
            await asyncio.sleep(0.01)


async def _watch(process: subprocess.Popen[bytes], place: Place) -> None:
    while process.poll() is None:
        await asyncio.sleep(_WATCH_SECONDS)
    raise Unavailable(f"PostgreSQL ended by itself: {_last_lines(place.log)}")


def _last_lines(log: Path) -> str:
    return " | ".join(log.read_text(errors="replace").splitlines()[-4:])


async def _create_database(place: Place) -> None:
    connection = await asyncpg.connect(place.dsn("postgres"))
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", NAME):
            await connection.execute(f"CREATE DATABASE {NAME}")
    finally:
        await connection.close()


async def _stop(process: subprocess.Popen[bytes]) -> None:
    for number, seconds in ((signal.SIGINT, _FAST_SECONDS), (signal.SIGQUIT, _IMMEDIATE_SECONDS)):
        process.send_signal(number)
        try:
            await asyncio.to_thread(process.wait, seconds)
        except subprocess.TimeoutExpired:
            continue
        return
    process.kill()
    await asyncio.to_thread(process.wait)

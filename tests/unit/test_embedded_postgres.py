"""The private PostgreSQL: kept data, killed parents, long paths, leftovers, and whom it runs as."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.db.embedded.paths import data_folder_lock
from chassis.db.embedded.server import embedded_postgres
from chassis.errors import SettingsError
from tests.waiting import until

CHECKOUT = Path(__file__).parents[2]

RUN = """
import asyncio, concurrent.futures.thread, os, signal, sys
from pathlib import Path
from chassis.db.embedded.paths import data_folder_lock
from chassis.db.embedded.server import embedded_postgres
user = int(sys.argv[2])
if user:  # after the imports: the interpreter may lie where that user cannot go
    os.setgroups([]), os.setgid(user), os.setuid(user)
async def main():
    with data_folder_lock(Path(sys.argv[1])):
        async with embedded_postgres(Path(sys.argv[1]), settings={'fsync': 'off'}) as dsn:
            print(dsn, flush=True)
            await asyncio.Event().wait()
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started us all with it ignored
asyncio.run(main())
"""


async def ask(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@contextmanager
def other_process(data: Path, user: int = 0) -> Iterator["subprocess.Popen[str]"]:
    """Another process with a server on this data folder; it prints the DSN when it is ready."""
    command = [sys.executable, "-c", RUN, str(data), str(user)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, start_new_session=True) as other:
        try:
            yield other
        finally:
            other.send_signal(signal.SIGINT)


async def its_dsn(other: "subprocess.Popen[str]") -> str:
    assert other.stdout is not None
    return (await asyncio.to_thread(other.stdout.readline)).strip()


@pytest.fixture(scope="module")
async def started_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("once")
    async with embedded_postgres(folder, settings={"fsync": "off"}):
        return folder


@pytest.fixture
def data(started_once: Path, tmp_path: Path) -> Path:
    """A data folder after its first start, which is most of the time these tests would take."""
    subprocess.run(["cp", "-a", started_once / "postgres", tmp_path], check=True)
    return tmp_path


def server_pid(data: Path) -> int:
    return int((data / "postgres/cluster/postmaster.pid").read_text().split()[0])


async def test_keeps_its_data_over_a_restart(tmp_path: Path) -> None:
    async with embedded_postgres(tmp_path) as dsn:
        await ask(dsn, "CREATE TABLE kept AS SELECT '폐렴' AS word")
    assert not (tmp_path / "postgres/cluster/postmaster.pid").exists()
    async with embedded_postgres(tmp_path) as dsn:
        assert await ask(dsn, "SELECT word FROM kept") == "폐렴"


async def test_is_a_real_postgresql_with_unicode_letters_and_ordered_by_bytes(postgres_server: str) -> None:
    assert await ask(postgres_server, "SELECT lower('ÄÉ') || upper('я')") == "äéЯ"
    assert await ask(postgres_server, "SELECT 'B' < 'a' AND current_setting('data_checksums')::bool")
    await ask(postgres_server, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    assert await ask(postgres_server, "SELECT cardinality(show_trgm('폐렴'))") == 3


async def test_sqlalchemy_takes_the_same_address(postgres_server: str) -> None:
    engine = create_async_engine(postgres_server.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT current_user"))).scalar() == "rcdm"
    await engine.dispose()


async def test_asks_for_a_password_listens_to_no_network_and_shows_no_secret(data: Path) -> None:
    async with embedded_postgres(data) as dsn:
        password = (data / "postgres/password").read_text().rpartition(":")[2].strip()
        assert password not in dsn
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(dsn.partition("&passfile")[0], password="wrong")
        assert not psutil.Process(server_pid(data)).net_connections("inet")
        assert password not in " ".join(psutil.Process(server_pid(data)).cmdline())
    assert stat.S_IMODE((data / "postgres/password").stat().st_mode) == 0o600


async def test_a_closed_and_long_data_folder_is_fine(tmp_path: Path) -> None:
    """Deeper than a socket's path may be, below a folder no other user can enter, with odd letters."""
    data = tmp_path / "closed" / ("long folder 폐" * 6) / ("x" * 120)
    data.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    async with embedded_postgres(data, settings={"fsync": "off"}) as dsn:
        assert await ask(dsn, "SELECT 1") == 1
        assert stat.S_IMODE((data / "postgres/run").stat().st_mode) == 0o700
        room = (data / "postgres/run").readlink()
    assert not room.exists()


async def test_a_killed_parent_takes_its_server_along_and_the_next_start_works(data: Path) -> None:
    """C1: kill -9 of everything."""
    with other_process(data) as other:
        await ask(await its_dsn(other), "CREATE TABLE kept AS SELECT 7 AS number")
        server, room = psutil.Process(server_pid(data)), (data / "postgres/run").readlink()
        os.killpg(other.pid, signal.SIGKILL)
        await until(lambda: not server.is_running(), seconds=10, what="the end of the server")
    async with embedded_postgres(data) as dsn:
        assert await ask(dsn, "SELECT number FROM kept") == 7
    assert not room.exists()


async def test_a_leftover_server_is_stopped_before_ours_starts(data: Path) -> None:
    with other_process(data) as other:
        await its_dsn(other)
        leftover = psutil.Process(server_pid(data))
        other.send_signal(signal.SIGSTOP)
        async with embedded_postgres(data) as dsn:
            assert await ask(dsn, "SELECT 1") == 1
            assert server_pid(data) != leftover.pid
        other.kill()


async def test_a_killed_server_and_a_stale_id_do_not_block_the_start(data: Path) -> None:
    """A machine restart: the id file is there and its number now belongs to somebody else, to us even."""
    async with embedded_postgres(data) as dsn:
        await ask(dsn, "CREATE TABLE kept AS SELECT 7 AS number")
        os.kill(server_pid(data), signal.SIGKILL)
    file = data / "postgres/cluster/postmaster.pid"
    file.write_text(file.read_text().replace(str(server_pid(data)), str(os.getpid()), 1))
    async with embedded_postgres(data) as dsn:
        assert await ask(dsn, "SELECT number FROM kept") == 7


async def test_half_a_first_start_does_not_block_the_next(tmp_path: Path) -> None:
    half = tmp_path / "postgres/cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    async with embedded_postgres(tmp_path) as dsn:
        assert await ask(dsn, "SELECT 1") == 1
    assert not half.exists()


async def test_programs_of_another_version_are_refused_with_the_way_out(data: Path) -> None:
    (data / "postgres/cluster/PG_VERSION").write_text("15\n")
    with pytest.raises(SettingsError, match=r"made by PostgreSQL 15 .* RCDM_PG_BIN"):
        async with embedded_postgres(data):
            pass


async def test_a_server_that_does_not_start_says_why(data: Path) -> None:
    with pytest.raises(SettingsError, match="max_connections"):
        async with embedded_postgres(data, settings={"max_connections": "none"}):
            pass


async def test_a_folder_without_programs_is_named(data: Path) -> None:
    with pytest.raises(SettingsError, match=f"no PostgreSQL server program in {data}"):
        async with embedded_postgres(data, data):
            pass


async def test_a_second_start_on_the_data_folder_is_refused_politely(data: Path) -> None:
    with other_process(data) as other:
        await its_dsn(other)
        with pytest.raises(SettingsError, match=f"in use by process {other.pid}"), data_folder_lock(data):
            pass
    with data_folder_lock(data):
        assert (data / "lock").read_text().strip() == str(os.getpid())


async def test_a_server_that_ends_by_itself_ends_its_user(data: Path) -> None:
    """A dead database is not waited for in silence: what stands on it is cancelled and told why."""

    async def stand_on_it() -> None:
        async with embedded_postgres(data):
            os.kill(server_pid(data), signal.SIGKILL)
            await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as raised:
        await stand_on_it()
    assert "ended by itself" in str(raised.value.exceptions[0])

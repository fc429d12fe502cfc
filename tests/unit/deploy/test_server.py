"""A server is a process and a folder: started, stopped, killed and started again; the servers here only listen."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.laptop import processes
from deploy.laptop.ports import HOST, free_port, kept_port, listens
from deploy.laptop.server import Command, Server, ServerFailed, plain_environment

_LISTENS = """
import socket, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("child", child.pid, flush=True)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(600)
"""


def make(folder: Path, program: str = _LISTENS) -> Server:
    port = kept_port(folder)
    command = Command([sys.executable, "-c", program, str(port)], plain_environment())
    return Server("toy", folder, port, f"{HOST}:{port}", lambda _: command, lambda: listens(port), is_tied=True)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = make(tmp_path / "toy")
    yield made
    made.kill()


def children(server: Server) -> list[int]:
    return [int(line.split()[1]) for line in server.log.read_text().splitlines() if line.startswith("child")]


def test_started_twice_it_is_one_process(server: Server) -> None:
    server.start()
    first = server.pid
    make(server.folder).start()
    assert server.pid == first is not None
    assert len(children(server)) == 1


def test_a_killed_one_starts_again_on_its_port(server: Server) -> None:
    server.start()
    server.kill()
    assert (server.is_running(), listens(server.port)) == (False, False)
    again = make(server.folder)
    again.start()
    assert (again.port, again.is_running()) == (server.port, True)


def test_killing_takes_its_children_too(server: Server) -> None:
    server.start()
    server.kill()
    assert [processes.find(child) for child in children(server)] == [None]


def test_what_ended_leaves_nothing_in_the_table_of_processes(server: Server) -> None:
    for end in (server.kill, server.stop):
        server.start()
        pid = server.pid
        end()
        assert not Path(f"/proc/{pid}").exists()


def test_paused_it_stands_still_and_goes_on_afterwards(server: Server) -> None:
    server.start()
    server.pause()
    _wait(lambda: _states(server) == ["T", "T"])
    server.resume()
    _wait(lambda: "T" not in _states(server))


def test_a_paused_one_can_be_stopped(server: Server) -> None:
    server.start()
    server.pause()
    server.stop()
    assert not server.is_running()


def test_an_id_that_went_to_a_stranger_is_left_alone(server: Server) -> None:
    server.folder.mkdir(exist_ok=True)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as stranger:
        (server.folder / "process.json").write_text(json.dumps({"pid": stranger.pid, "started": "long ago"}))
        assert server.pid is None
        server.stop()
        server.kill()
        assert stranger.poll() is None
        server.start()
        assert server.pid not in (None, stranger.pid)
        stranger.kill()


def test_one_that_ended_by_itself_counts_as_down(server: Server) -> None:
    server.start()
    pid = server.pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    _wait_for_end(server)
    server.start()
    assert server.pid not in (None, pid)


def test_a_server_that_does_not_start_says_what_it_wrote(tmp_path: Path) -> None:
    broken = make(tmp_path / "toy", "raise SystemExit('no such disk')")
    with pytest.raises(ServerFailed, match="no such disk"):
        broken.start()
    assert not broken.is_running()


def test_what_was_prepared_is_cleaned_up_after_the_end(server: Server) -> None:
    room, command = server.folder / "room", server.prepare(ExitStack())

    def prepare(_: ExitStack) -> Command:
        room.mkdir()
        return command

    cleaned = replace(server, prepare=prepare, clean_up=lambda: room.rmdir() if room.exists() else None)
    cleaned.start()
    assert room.exists()
    cleaned.stop()
    assert not room.exists()


def test_a_server_outlives_who_started_it_unless_it_is_tied(tmp_path: Path) -> None:
    for is_tied in (True, False):
        folder = tmp_path / f"toy-{is_tied}"
        starts = (
            "import sys; from pathlib import Path; from dataclasses import replace;"
            "from tests.unit.deploy.test_server import make;"
            f"replace(make(Path({str(folder)!r})), is_tied={is_tied}).start()"
        )
        subprocess.run([sys.executable, "-c", starts], check=True, cwd=Path(__file__).parents[3])
        left = make(folder)
        if is_tied:
            _wait_for_end(left)
        assert left.is_running() is not is_tied
        left.kill()


def test_a_port_is_kept_and_lies_below_those_lent_to_clients(tmp_path: Path) -> None:
    assert kept_port(tmp_path) == kept_port(tmp_path) < 32768
    assert kept_port(tmp_path, "other") != kept_port(tmp_path)
    assert not listens(free_port())


def test_a_chosen_port_is_not_chosen_again_by_others_and_servers_get_it(server: Server) -> None:
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind((HOST, server.port))
    server.start()
    assert server.is_running()


def _states(server: Server) -> list[str]:
    """Of the process and its child, as proc(5) writes them: T is stopped."""
    stats = [Path(f"/proc/{pid}/stat").read_text() for pid in (server.pid, *children(server))]
    return [stat.rpartition(")")[2].split()[0] for stat in stats]


def _wait_for_end(server: Server) -> None:
    _wait(lambda: not server.is_running())


def _wait(fact: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not fact():
        assert time.monotonic() < end
        time.sleep(0.01)

"""Programs are built once, whole or not at all; the programs here are made up of a file and a sentence."""

import subprocess
import sys
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import IO

import pytest

from deploy.programs.cache import built
from deploy.programs.catalogue import PROGRAMS
from deploy.programs.machine import NAMES, Missing
from deploy.programs.recipes import Program, run

_CHECKOUT = Path(__file__).parents[3]
Build = Callable[[Path, IO[bytes]], None]


def makes_the_file(folder: Path, says: IO[bytes]) -> None:
    """Leaves a note for every time it was called."""
    says.write(b"building\n")
    with (folder.parent / "calls").open("a") as calls:
        calls.write("x")
    (folder / "tool").write_text("works")


def breaks_half_way(folder: Path, says: IO[bytes]) -> None:
    (folder / "tool").write_text("half")
    run([sys.executable, "-c", "print('the reason'); raise SystemExit(3)"], says)


def makes_nothing(folder: Path, says: IO[bytes]) -> None:
    says.write(b"done nothing\n")


def is_killed(folder: Path, says: IO[bytes]) -> None:
    (folder / "tool").write_text("half")
    raise KeyboardInterrupt


def tool(build: Build, needs: tuple[str, ...] = ()) -> Program:
    return Program("tool", "1.0", build, "tool", needs)


def in_a_process(cache: Path) -> None:
    built(tool(makes_the_file), cache, print)


def silent(line: str) -> None:
    pass


def test_a_program_is_built_once(tmp_path: Path) -> None:
    said: list[str] = []
    first = built(tool(makes_the_file), tmp_path, said.append)
    assert built(tool(makes_the_file), tmp_path, said.append) == first == tmp_path / "tool-1.0/tool"
    assert ((tmp_path / "calls").read_text(), len(said)) == ("x", 2)


def test_processes_at_the_same_time_build_once(tmp_path: Path) -> None:
    processes = [get_context("spawn").Process(target=in_a_process, args=(tmp_path,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert (tmp_path / "calls").read_text() == "x"


def test_half_a_build_is_never_taken_for_built(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        built(tool(is_killed), tmp_path, silent)
    assert not (tmp_path / "tool-1.0").exists()
    assert built(tool(makes_the_file), tmp_path, silent).read_text() == "works"


def test_a_build_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="the reason"):
        built(tool(breaks_half_way), tmp_path, silent)
    assert not (tmp_path / "tool-1.0").exists()


def test_a_build_that_makes_nothing_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="made no tool"):
        built(tool(makes_nothing), tmp_path, silent)


def test_what_the_machine_lacks_is_named_with_the_way_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match=r"mvn is missing .* apt-get install maven.* deploy/compose"):
        built(tool(makes_the_file, needs=("mvn",)), tmp_path / "cache", silent)


def test_every_program_is_pinned_to_one_version() -> None:
    assert [name for name, program in PROGRAMS.items() if "latest" in program.version or not program.version] == []
    assert [name for program in PROGRAMS.values() for name in program.needs if name not in NAMES] == []


def test_unknown_names_are_refused_by_name() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.programs", "kafak"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 1
    assert "kafak" in done.stderr
    assert "kafka" in done.stderr

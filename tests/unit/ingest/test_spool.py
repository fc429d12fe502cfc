"""Received bytes: small ones stay in memory, large ones go to disk, and dead processes' files are removed."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from chassis.errors import Unavailable
from services.ingest.spool import MEMORY_BYTES_PER_FILE, Spool, open_spool


@pytest.mark.parametrize("size", [0, 1, MEMORY_BYTES_PER_FILE, 3 * MEMORY_BYTES_PER_FILE])
def test_a_file_has_its_bytes_and_digest_wherever_it_lies(tmp_path: Path, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    with open_spool(tmp_path) as spool:
        file = spool.file()
        for start in range(0, size, 100_000):
            file.append(content[start : start + 100_000])
            if file.wants_disk:
                file.settle()
        file.finish()
        assert (file.path is not None) == (size > MEMORY_BYTES_PER_FILE)
        assert file.read(bytes) == content
        assert file.sha256 == hashlib.sha256(content).hexdigest()


def test_when_memory_is_used_up_small_files_go_to_disk_too(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.hold(1 << 40)
    file = spool.file()
    file.append(b"x")
    assert file.wants_disk


def test_a_forgotten_file_is_removed(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    file = spool.file()
    file.append(b"x")
    file.settle()
    del file
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_unavailable() -> None:
    """C14: /dev/full says so for every write."""
    file = Spool(Path("/nowhere")).file()
    file.append(b"x" * 10_000)
    file.path = Path("/dev/full")
    with pytest.raises(Unavailable):
        file.settle()
    file.path = None


def test_the_files_of_dead_processes_are_removed_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    """C1."""
    script = (
        "import os, sys; from pathlib import Path; from services.ingest.spool import open_spool\n"
        "with open_spool(Path(sys.argv[1])) as spool: (spool.folder / 'left').touch(); os._exit(9)"
    )
    with open_spool(tmp_path) as living:
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
        assert len(list(tmp_path.iterdir())) == 2
        with open_spool(tmp_path) as fresh:
            assert {path.name for path in tmp_path.iterdir()} == {living.folder.name, fresh.folder.name}

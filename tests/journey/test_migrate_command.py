"""`rcdm migrate` as the chart's hook runs it: one secret, no log and no blobs, and an end."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg

from services import SERVICES


async def test_one_command_makes_the_tables_of_all_services_and_ends(database: str, tmp_path: Path) -> None:
    done = _migrate(tmp_path, RCDM_DATABASE=database)
    assert done.returncode == 0, done.stderr
    again = _migrate(tmp_path, RCDM_DATABASE=database)
    assert again.returncode == 0
    connection = await asyncpg.connect(database)
    try:
        schemas = {row[0] for row in await connection.fetch("SELECT nspname FROM pg_namespace")}
    finally:
        await connection.close()
    assert {name for name in SERVICES if (_services() / name / "migrations").exists()} <= schemas


def test_a_database_that_is_away_fails_the_command_in_words(tmp_path: Path) -> None:
    """G4: the hook fails, the release stays as it was."""
    done = _migrate(tmp_path, RCDM_DATABASE="postgresql://nobody:hidden@127.0.0.1:1/rcdm")
    assert done.returncode == 1
    assert "database" in done.stderr
    assert "hidden" not in done.stdout + done.stderr


def _migrate(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "RCDM_DATA": str(folder / "data"), "RCDM_AUTH": "keys", **settings}
    command = [sys.executable, "-m", "services", "migrate"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, cwd=_services().parent)


def _services() -> Path:
    return Path(__file__).parents[2] / "services"

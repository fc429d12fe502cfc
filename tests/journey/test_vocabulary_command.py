"""`rcdm vocabulary load` beside a system: with a database's address, and while another process runs the private one."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from chassis.db.embedded.paths import data_folder_lock
from chassis.db.embedded.server import embedded_postgres
from tests.vocabulary.made_up import VERSION, concept_id, made_up_vocabulary

pytestmark = pytest.mark.slow


@pytest.fixture
def download(tmp_path: Path) -> Path:
    return made_up_vocabulary(tmp_path / "download")


async def load(path: Path, *more: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **settings}
    command = [sys.executable, "-m", "services", "vocabulary", "load", str(path), *more]
    return await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, timeout=240, cwd=Path.cwd()
    )


async def test_the_address_of_a_database_is_enough(database: str, download: Path, tmp_path: Path) -> None:
    done = await load(download, "--json", RCDM_DATABASE=database, RCDM_DATA=str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["version"], document["rows"]["domain"]) == (VERSION, 4)
    assert "CONCEPT.csv: 100 %" in done.stderr


async def test_a_broken_download_is_one_sentence_and_exit_code_1(database: str, download: Path, tmp_path: Path) -> None:
    (download / "RELATIONSHIP.csv").unlink()
    done = await load(download, RCDM_DATABASE=database, RCDM_DATA=str(tmp_path / "data"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "lacks RELATIONSHIP.csv" in done.stderr


@pytest.mark.timeout(300)
async def test_the_private_database_of_a_running_system_is_found(download: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with data_folder_lock(data):
        async with embedded_postgres(data) as dsn:
            done = await load(download, RCDM_DATA=str(data))
            assert done.returncode == 0, done.stderr
            connection = await asyncpg.connect(dsn)
            try:
                found = await connection.fetchval(
                    "SELECT count(*) FROM cdm.concept WHERE concept_id = $1", concept_id("M5")
                )
            finally:
                await connection.close()
    assert found == 1
    again = await load(download, RCDM_DATA=str(data))
    assert again.returncode == 0, again.stderr

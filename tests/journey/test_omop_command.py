"""`rcdm omop load` and `rcdm persons map` beside a system: one document or one sentence, and exit codes."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.omop.site import changed, made_up_site

pytestmark = pytest.mark.slow

SECRET = "CANARY"


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return made_up_site(tmp_path / "dump")


async def rcdm(database: str, folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "RCDM_DATABASE": database, "RCDM_DATA": str(folder / "data"),
                   "RCDM_SITE_KEY": "the secret of commands", **settings}  # fmt: skip
    return await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "services", *words], env={k: v for k, v in environment.items() if v},
        capture_output=True, text=True, timeout=240, cwd=Path.cwd(),
    )  # fmt: skip


async def test_a_dump_and_a_map_are_loaded(database: str, dump: Path, tmp_path: Path) -> None:
    done = await rcdm(database, tmp_path, "omop", "load", str(dump), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tables"]["person"] == {"rows": 2, "added": 2, "changed": 0}
    assert "person.csv: 100 %" in done.stderr
    again = await rcdm(database, tmp_path, "omop", "load", str(dump))
    assert "0 new, 0 changed" in again.stdout
    path = tmp_path / "map.csv"
    path.write_text(f"PatientID,person_id\n{SECRET}-1,1\n{SECRET}-2,2\n")
    mapped = await rcdm(database, tmp_path, "persons", "map", str(path), "--json")
    assert mapped.returncode == 0, mapped.stderr
    assert (json.loads(mapped.stdout)["lines"], json.loads(mapped.stdout)["changed"]) == (2, 2)
    path.write_text(f"PatientID,person_id\n{SECRET}-1,1\n{SECRET}-3,3\n")
    partly = await rcdm(database, tmp_path, "persons", "map", str(path), "--dry-run")
    assert partly.returncode == 3, partly.stderr
    assert "1 lines name persons that were never loaded (rcdm omop load): 3" in partly.stdout
    assert not any(SECRET in text for one in (mapped, partly) for text in (one.stdout, one.stderr))


async def test_what_is_wrong_is_one_sentence_and_exit_code_1(database: str, dump: Path, tmp_path: Path) -> None:
    changed(dump, "person.csv", "1950", SECRET)
    done = await rcdm(database, tmp_path, "omop", "load", str(dump))
    assert (done.returncode, done.stdout) == (1, "")
    assert "person.csv, line 3, column year_of_birth: no integer. Nothing was loaded." in done.stderr
    path = tmp_path / "map.csv"
    path.write_text(f"PatientID,person_id\n{SECRET},x\n")
    wrong = await rcdm(database, tmp_path, "persons", "map", str(path))
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "map.csv, line 2: the person_id is no id" in wrong.stderr
    assert SECRET not in done.stderr + wrong.stderr


async def test_without_the_secret_of_a_shared_system_nothing_is_loaded(
    database: str, dump: Path, tmp_path: Path
) -> None:
    done = await rcdm(database, tmp_path, "omop", "load", str(dump), RCDM_SITE_KEY="")
    assert done.returncode == 1
    assert "RCDM_SITE_KEY: write the secret" in done.stderr

"""The commands of a site's own OMOP database: one document or one sentence, exit codes, never a password."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.omop.linked import PASSWORD, Site, linked_site

pytestmark = pytest.mark.slow

PATIENT = "CANARY"


@pytest.fixture
async def site(postgres_server: str, tmp_path: Path) -> AsyncIterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    async with linked_site(postgres_server, folder) as opened:
        yield opened


async def rcdm(database: str, folder: Path, omop: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "RCDM_DATABASE": database, "RCDM_DATA": str(folder / "data"),
                   "RCDM_SITE_KEY": "the secret of commands", "RCDM_OMOP": omop}  # fmt: skip
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "services", *words], env=environment,
        capture_output=True, text=True, timeout=240, cwd=Path.cwd(),
    )  # fmt: skip
    assert not any(secret in done.stdout + done.stderr for secret in (PASSWORD, PATIENT, "MRN"))
    return done


async def test_a_map_is_applied_and_refreshed(database: str, site: Site, tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    path.write_text(f"PatientID,person_source_value\n{PATIENT}-1,MRN-0001\n{PATIENT}-2,MRN-0002\n")
    mapped = await rcdm(database, tmp_path, site.reader, "persons", "map", str(path), "--json")
    assert (mapped.returncode, json.loads(mapped.stdout)["changed"]) == (0, 2), mapped.stderr
    done = await rcdm(database, tmp_path, site.reader, "omop", "refresh", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tables"]["person"] == {"rows": 2, "added": 0, "changed": 0}
    found = await rcdm(database, tmp_path, site.reader, "omop", "status")
    assert found.returncode == 0, found.stderr
    assert "2 persons there" in found.stdout
    by_number = await rcdm(database, tmp_path, site.reader, "omop", "refresh", "--by-patient-id", "--json")
    assert (by_number.returncode, json.loads(by_number.stdout)["moved"]["changed"]) == (0, 0), by_number.stderr


async def test_what_is_wrong_is_one_sentence_and_exit_code_1(database: str, tmp_path: Path) -> None:
    nobody = f"postgresql://reader:{PASSWORD}@127.0.0.1:1/nothing"
    for omop, said in ((nobody, "cannot be reached"), ("", "RCDM_OMOP: write where")):
        for words in (("omop", "status"), ("vocabulary", "load", "--from-omop")):
            done = await rcdm(database, tmp_path, omop, *words)
            assert (done.returncode, done.stdout) == (1, "")
            assert said in done.stderr
    both = await rcdm(database, tmp_path, nobody, "vocabulary", "load", str(tmp_path), "--from-omop")
    assert both.returncode == 2

"""`rcdm diagnosis` against a running system that has no vocabulary yet."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydicom.uid import generate_uid

from tests.journey.outside import settled
from tests.journey.surface import Surface
from tests.makers import ct_bytes
from tests.system import rcdm

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_WRITTEN = "Schatten [links] unten"


def test_the_desk_works_on_the_command_line(surface: Surface) -> None:
    """Listed, nothing to suggest, flagged, taken back; a concept nobody loaded is refused."""
    answer = surface.http.post(
        "/api/v1/uploads",
        data={"diagnosis": _WRITTEN},
        files=[("files", ("1.dcm", ct_bytes(StudyInstanceUID=generate_uid()), "application/dicom"))],
    )
    assert answer.status_code == 201, answer.text
    settled(surface.http, answer.json()["upload_id"])
    listed = rcdm(surface.system, "diagnosis", "list", "--status", "UNMAPPED", "--limit", "1000")["items"]
    (number,) = [str(one["radiology_condition_id"]) for one in listed if one["source_text"] == _WRITTEN]
    assert rcdm(surface.system, "diagnosis", "suggest", number) == {"items": [], "vocabulary": None}
    assert rcdm(surface.system, "diagnosis", "map", number, "--status", "FLAGGED")["mapping_status"] == "FLAGGED"
    assert rcdm(surface.system, "diagnosis", "undo", number)["mapping_status"] == "UNMAPPED"
    rcdm(surface.system, "diagnosis", "map", number, "2000000005", expect=1)
    rcdm(surface.system, "diagnosis", "list", "--status", "PERHAPS", expect=1)
    assert rcdm(surface.system, "diagnosis", "approve-exact") == {"approved": 0}


def test_mappings_go_through_files(surface: Surface, tmp_path: Path) -> None:
    """What was exported changes nothing; a line that is refused ends in exit code 3."""
    file = tmp_path / "mappings.csv"
    environment = {**os.environ, "RCDM_SERVER": surface.system.address, "RCDM_DATA": str(surface.system.data)}
    command = [sys.executable, "-m", "services", "diagnosis", "export"]
    subprocess.run([*command, str(file)], env=environment, check=True, timeout=240)
    printed = subprocess.run(command, env=environment, check=True, timeout=240, capture_output=True, text=True)
    assert printed.stdout == file.read_text()
    told = rcdm(surface.system, "diagnosis", "import", str(file), "--dry-run")
    assert (told["dry_run"], told["changed"], told["refused"]) == (True, 0, [])
    file.write_text("sourceCode,sourceName,mappingStatus,conceptId\nD1,Schatten,APPROVED,2000000005\n")
    assert rcdm(surface.system, "diagnosis", "import", str(file), expect=3)["refused"][0]["line"] == 2

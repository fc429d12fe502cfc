"""`rcdm diagnosis` against a running system that has no vocabulary yet."""

import pytest
from pydicom.uid import generate_uid

from tests.journey.outside import settled
from tests.journey.surface import Surface
from tests.makers import ct_bytes
from tests.system import rcdm

pytestmark = pytest.mark.timeout(120)
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

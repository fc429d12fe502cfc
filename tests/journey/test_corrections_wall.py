"""Corrections of a running system: the wall between hospitals, the audit after a move, the command."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from pydicom.uid import generate_uid

from tests.journey.callers import client_with, new_key
from tests.journey.outside import Json, add_files, every_item, open_upload, settled
from tests.journey.surface import Surface, assert_problem
from tests.makers import ct_bytes
from tests.system import rcdm

pytestmark = pytest.mark.timeout(300)
_WHY = "seen by a radiologist"


@dataclass(frozen=True)
class Walled:
    """A steward of each of two hospitals, a researcher of the first, and a study of each."""

    west: httpx.Client
    east: httpx.Client
    reader: httpx.Client
    west_study: int
    east_study: int


@pytest.fixture(scope="module")
def walled(surface: Surface) -> Iterator[Walled]:
    def client(role: str, hospital: str) -> httpx.Client:
        return client_with(surface.system, new_key(surface.http, role, hospitals=[hospital])["key"])

    def study(hospital: str) -> int:
        upload = open_upload(surface.http, hospital)
        add_files(surface.http, upload, [("1.dcm", ct_bytes(StudyInstanceUID=generate_uid()))])
        assert settled(surface.http, upload)["failed"] == 0
        return int(every_item(surface.http, "/api/v1/occurrences", hospital=hospital)[0]["radiology_occurrence_id"])

    studies = study("WEST"), study("EAST")
    with client("steward", "WEST") as west, client("steward", "EAST") as east, client("researcher", "WEST") as reader:
        yield Walled(west, east, reader, *studies)


def post(http: httpx.Client, path: str = "", **said: object) -> httpx.Response:
    return http.post(f"/api/v1/corrections{path}", json={"reason": _WHY, **said})


def made(answer: httpx.Response) -> Json:
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def test_a_correction_ends_at_the_wall(walled: Walled) -> None:
    """F4: by id the other study is nowhere, by filter it is left out; its history and its undo are nowhere."""
    said: Json = {"target": "series", "set": {"plane": "CORONAL"}, "dry_run": False}
    hidden, nowhere = (post(walled.west, ids=[one], **said) for one in (walled.east_study, 999_999))
    assert (hidden.status_code, hidden.json()["detail"]) == (404, nowhere.json()["detail"])
    assert made(post(walled.west, filter={"hospital": "EAST"}, **said))["found"]["occurrences"] == 0
    done = made(post(walled.west, filter={}, **said))
    assert done["changed"]["occurrences"] == 1
    assert every_item(walled.east, "/api/v1/occurrences")[0]["planes"] == {"AXIAL": 1}
    assert every_item(walled.east, "/api/v1/corrections", correction=str(done["correction_id"])) == []
    assert_problem(post(walled.east, f"/{done['correction_id']}/undo"), 404)
    assert len(every_item(walled.reader, "/api/v1/corrections")) == 1
    assert made(post(walled.west, f"/{done['correction_id']}/undo"))["occurrences"] == 1


def test_a_researcher_reads_and_corrects_nothing(walled: Walled) -> None:
    """F7"""
    assert_problem(post(walled.reader, target="series", filter={}, set={"plane": "CORONAL"}), 403)
    assert_problem(post(walled.reader, "/1/undo"), 403)


def test_who_sees_one_hospital_moves_nothing_over_the_wall(walled: Walled) -> None:
    """F4: not even as a dry run, and not by taking back what somebody else moved."""
    for name in ("EAST", "NO SUCH HOSPITAL"):
        answer = post(walled.west, target="occurrence", ids=[walled.west_study], set={"hospital": name})
        assert "Only a steward of all hospitals" in assert_problem(answer, 403)["detail"]


def test_a_moved_study_is_seen_by_its_new_hospital_alone_and_the_audit_stays_clean(
    surface: Surface, walled: Walled
) -> None:
    said: Json = {"target": "occurrence", "ids": [walled.west_study], "set": {"hospital": "EAST"}, "dry_run": False}
    done = made(post(surface.http, **said))
    path = f"/api/v1/occurrences/{walled.west_study}"
    assert [one.get(path).status_code for one in (walled.west, walled.east)] == [404, 200]
    assert rcdm(surface.system, "audit")["report"]["clean"] is True
    assert_problem(post(walled.east, f"/{done['correction_id']}/undo"), 403)
    made(post(surface.http, f"/{done['correction_id']}/undo"))
    assert [one.get(path).status_code for one in (walled.west, walled.east)] == [200, 404]


def test_the_command_tells_first_and_then_changes(surface: Surface, walled: Walled) -> None:
    """A diagnosis in Korean, in bulk by a filter."""
    said = ("correct", "occurrence", "condition=간세포암종", "condition_code=C22.0", "condition_vocabulary=KCD7")
    chosen = ("--where", "hospital=WEST", "--where", "hospital=EAST", "--reason", _WHY)
    told = rcdm(surface.system, *said, *chosen, "--dry-run")
    assert (told["dry_run"], told["correction_id"], told["changed"]["occurrences"]) == (True, None, 2)
    done = rcdm(surface.system, *said, *chosen)
    assert done["changes"][0]["after"] == {"text": "간세포암종", "code": "C22.0", "vocabulary": "KCD7"}
    found = every_item(walled.east, "/api/v1/occurrences", condition="간세포암종")
    assert [item["radiology_occurrence_id"] for item in found] == [walled.east_study]
    listed = rcdm(surface.system, "corrections", "list", "--occurrence", str(walled.east_study))["items"]
    assert (listed[0]["correction_id"], listed[0]["reason"]) == (done["correction_id"], _WHY)
    rcdm(surface.system, "corrections", "undo", str(done["correction_id"]), "--reason", "it was not")
    assert every_item(walled.east, "/api/v1/occurrences", condition="간세포암종") == []
    rcdm(surface.system, "corrections", "undo", str(done["correction_id"]), "--reason", "again", expect=1)
    rcdm(surface.system, *said, *chosen)
    assert rcdm(surface.system, "correct", "occurrence", "condition=", *chosen)["changes"][0]["after"] is None
    rcdm(surface.system, "correct", "occurrence", "plane=AXIAL", "plane=CORONAL", *chosen, expect=1)

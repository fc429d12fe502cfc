"""A study deleted from a running system: found nowhere, its data set named, its bytes gone, not taken again."""

from pathlib import Path

import httpx
import pytest
from pydicom.uid import generate_uid

from tests.journey.callers import client_with, new_key
from tests.journey.outside import Json, add_files, every_item, open_upload, settled
from tests.journey.surface import Surface, assert_problem, create_dataset
from tests.makers import ct_bytes
from tests.system import rcdm
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)
_WHY = ("--reason", "consent was withdrawn")


def _sent(http: httpx.Client, hospital: str, *bodies: bytes) -> Json:
    upload = open_upload(http, hospital)
    add_files(http, upload, [(f"{number}.dcm", body) for number, body in enumerate(bodies)])
    return settled(http, upload)


async def test_a_deleted_study_is_gone_and_stays_away_until_it_is_lifted(surface: Surface, tmp_path: Path) -> None:
    """F22: rows, bytes, pictures, the archive that held it; the audit finds nothing left and nothing lost."""
    http, system = surface.http, surface.system
    shared = {"StudyInstanceUID": generate_uid(), "PatientID": "GONE"}
    bodies = [ct_bytes(**shared, InstanceNumber=number) for number in (1, 2)]
    assert _sent(http, "GONE", *bodies)["catalogued"] == 2
    study = every_item(http, "/api/v1/occurrences", hospital="GONE")[0]["radiology_occurrence_id"]
    image = every_item(http, f"/api/v1/occurrences/{study}/images")[0]
    create_dataset(http, "gone", filter={"hospital": "GONE"})

    told = rcdm(system, "delete", str(study), *_WHY, "--dry-run")["items"][0]
    assert (told["study"]["images"], [one["name"] for one in told["dataset_versions"]]) == (2, ["gone"])
    rcdm(system, "delete", str(study), *_WHY, expect=1)  # nobody is here to ask
    rcdm(system, "delete", str(study), *_WHY, "--yes")
    assert_problem(http.get(f"/api/v1/occurrences/{study}"), 404)
    assert_problem(http.get(f"/api/v1/images/{image['image_id']}"), 404)

    def deletion() -> Json:
        found: Json = rcdm(system, "deletions", "list")["items"][0]
        return found

    await until(lambda: deletion()["purged_at"] is not None, what="the bytes are gone")
    async with system.blobs() as blobs:
        left = [blob.key async for blob in blobs.list("") if image["image_sha256"] in blob.key]
    assert left == []
    assert rcdm(system, "audit")["report"]["clean"] is True
    archive = "/api/v1/datasets/gone/versions/latest/archive"
    await until(lambda: http.get(archive).status_code == 410, what="the version is marked")
    rcdm(system, "dataset", "download", "gone", "-o", str(tmp_path / "gone.zip"), expect=1)

    assert (_sent(http, "GONE", *bodies)["refused"], every_item(http, "/api/v1/occurrences", hospital="GONE")) == (
        2,
        [],
    )
    rcdm(system, "deletions", "lift", str(deletion()["deletion_id"]), *_WHY)
    await until(lambda: _sent(http, "GONE", bodies[0])["stored"] == 1, what="the door heard of it")
    assert len(every_item(http, "/api/v1/occurrences", hospital="GONE")) == 1
    assert rcdm(system, "audit")["report"]["clean"] is True


def test_who_may_delete_and_where(surface: Surface) -> None:
    """F4, F7: a steward, and inside the hospitals that are seen."""
    assert _sent(surface.http, "NEAR", ct_bytes(StudyInstanceUID=generate_uid()))["catalogued"] == 1
    study = every_item(surface.http, "/api/v1/occurrences", hospital="NEAR")[0]["radiology_occurrence_id"]
    body = {"radiology_occurrence_id": study, "reason": _WHY[1], "dry_run": False}

    def asked(role: str, hospital: str) -> httpx.Response:
        with client_with(surface.system, new_key(surface.http, role, hospitals=[hospital])["key"]) as http:
            return http.post("/api/v1/deletions", json=body)

    assert_problem(asked("researcher", "NEAR"), 403)
    assert_problem(asked("steward", "FAR"), 404)
    assert asked("steward", "NEAR").json()["deletion"]["hospital"] == "NEAR"
    with client_with(surface.system, new_key(surface.http, "steward", hospitals=["FAR"])["key"]) as http:
        assert every_item(http, "/api/v1/deletions") == []

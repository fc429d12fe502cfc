"""What an operator looks over: it says what was uploaded, what waits and what failed, and names no file."""

from pathlib import Path
from typing import Any

import pytest

from chassis.db.database import open_database
from chassis.db.migrate import migrate
from chassis.settings import Settings
from services import SERVICES
from services.cli.local.run import load_services
from services.operations.overview import Overviews
from tests.makers import ct_bytes
from tests.system import System, rcdm, running_system
from tests.waiting import until

NAME = "KIM^SECRET.txt"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with running_system(tmp_path_factory.mktemp("overview") / "data") as running:
        yield running


@pytest.mark.timeout(300)
async def test_what_goes_through_and_what_was_refused(system: System, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.dcm").write_bytes(ct_bytes())
    (tmp_path / NAME).write_text("no DICOM")
    rcdm(system, "upload", str(tmp_path), expect=3)
    with system.client() as http:

        async def catalogued() -> bool:
            minutes = http.get("/api/v1/overview").json()["minutes"]
            return bool(sum(one["catalogued"] for one in minutes) == 3)

        await until(catalogued, what="three images in the catalogue, as the overview has it")
        found = http.get("/api/v1/overview").json()
        assert sum(one["received"] for one in found["minutes"]) == 3
        assert found["waiting"] == {"for_extraction": 0, "for_the_catalogue": 0, "oldest_seconds": None}
        assert found["failures"] == []
        assert [(one["code"], one["files"], one["uploads"]) for one in found["refused"]] == [("not_dicom", 1, 1)]
        assert found["room"]["database_bytes"] > 0
        page = http.get("/api/v1/refusals", params={"limit": 1}).json()
        assert (page["total"], page["items"][0]["code"]) == (1, "not_dicom")
        after = http.get("/api/v1/refusals", params={"limit": 1, "cursor": page["next"]}).json()
        assert (after["items"], after["total"]) == ([], 1)
        assert http.get("/api/v1/refusals", params={"code": "bad_uid"}).json()["total"] == 0
        assert NAME not in str(page) + str(found)
        assert http.get("/api/v1/refusals", params={"cursor": "rubbish"}).status_code == 400


async def test_what_waits_and_what_failed(database: str, tmp_path: Path) -> None:
    """C26: as the tables have it, the oldest first."""
    async with open_database(database) as opened:
        await migrate(opened, load_services(SERVICES))
        for number, group in enumerate(("extract", "extract", "catalog")):
            await opened.pool.execute(
                "INSERT INTO operations.dead_letter"
                " (consumer_group, topic, key, value, headers, reason, attempts, place)"
                " VALUES ($1, 'instance.received', '', '', '{}', 'BlobMissing: There is no object.', 3, $2)",
                group, str(number),
            )  # fmt: skip
        await opened.pool.execute("INSERT INTO ingest.upload (upload_id, hospital) VALUES (gen_random_uuid(), 'A')")
        for uid, extracted in (("1.2", None), ("1.3", "now()")):
            await opened.pool.execute(
                "INSERT INTO ingest.instance (hospital, sop_instance_uid, study_instance_uid, series_instance_uid,"
                " sop_class_uid, transfer_syntax_uid, sha256, bytes, blob_key, upload_id, received_at, extracted_at)"
                " SELECT 'A', $1, '', '', '', '', $1, 500, '', upload_id, now() - interval '90 seconds',"
                f" {extracted or 'NULL'} FROM ingest.upload",
                uid,
            )
        found = await Overviews(opened, Settings(data=tmp_path)).now()
    assert found.waiting.for_extraction == found.waiting.for_the_catalogue == 1
    assert found.waiting.oldest_seconds == pytest.approx(90, abs=30)
    assert [(one.group, one.reason, one.letters) for one in found.failures] == [
        ("extract", "BlobMissing", 2),
        ("catalog", "BlobMissing", 1),
    ]
    assert (found.room.objects, found.room.object_bytes, found.room.free_bytes) == (2, 1000, None)

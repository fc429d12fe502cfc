"""Versions of data sets whose pictures were deleted: named, marked, and no longer to be had."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from chassis.messaging.topics import OCCURRENCE_DELETED
from proto.rcdm.v1 import events_pb2 as pb
from services.export.deletions import note_deletions
from tests.journey.export_house import House, open_house
from tests.journey.test_ingest_progress import received


@pytest.fixture(scope="module")
async def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(postgres_server, tmp_path_factory.mktemp("export")) as opened:
        yield opened


async def study_of(house: House, hospital: str) -> str:
    """One of the hospital's studies: two pictures."""
    found: str = await house.value(
        "SELECT min(study_instance_uid) FROM rcdm.radiology_occurrence JOIN rcdm.radiology_hospital"
        " USING (radiology_hospital_id) WHERE text = $1", hospital,
    )  # fmt: skip
    return found


async def told(house: House, study: str) -> None:
    ids = [row[0] for row in await house.rows(
        "SELECT image_id FROM rcdm.radiology_image JOIN rcdm.radiology_occurrence USING (radiology_occurrence_id)"
        " WHERE study_instance_uid = $1", study,
    )]  # fmt: skip
    message = pb.OccurrenceDeleted(deletion_id=1, study_instance_uid=study, hospitals=["X"], image_ids=ids)
    await note_deletions(house.home.database, lambda: None, [received(OCCURRENCE_DELETED, message)] * 2)


async def holders(house: House, study: str, **more: Any) -> list[Any]:
    answer = await house.http.get("/api/v1/dataset-versions", params={"study_instance_uid": study, **more})
    found: list[Any] = answer.json()["items"]
    return found


async def test_versions_that_hold_a_study_are_named_before_and_after(house: House) -> None:
    """F22: listed, whoever asks before deleting knows."""
    await house.cohort("NAMED", 2)
    await house.build("named", "NAMED")
    await house.build("named", "NAMED", mode="plane")
    study = await study_of(house, "NAMED")
    before = await holders(house, study, hospital="NAMED")
    assert [(one["name"], one["pictures"], one["deleted"]) for one in before] == [("named", 2, 0)] * 2
    assert await holders(house, study, hospital="ELSEWHERE") == []
    assert len(await holders(house, study, limit=1)) == 1
    await told(house, study)
    assert [one["deleted"] for one in await holders(house, study)] == [2, 2]


async def test_a_version_that_lost_pictures_is_marked_and_its_archive_gone(house: House) -> None:
    """F22: 410 with the reason; what it held can still be read; `latest` is one that is whole."""
    await house.cohort("MARKED", 3)
    address = await house.build("marked", "MARKED")
    await told(house, await study_of(house, "MARKED"))
    answer = await house.http.get(f"{address}/archive")
    assert (answer.status_code, answer.json()["deleted"]) == (410, 2)
    assert "freeze its query again" in answer.json()["detail"]
    assert (await house.http.head(f"{address}/archive")).status_code == 410
    assert (await house.http.get(f"{address}/manifest.csv")).status_code == 200
    assert (await house.http.get(address)).json()["deleted"] == 2
    assert (await house.http.get("/api/v1/datasets/marked")).json()["items"][0]["deleted"] == 2


async def test_the_latest_version_is_one_that_is_whole(house: House) -> None:
    await house.cohort("WHOLE", 2)
    await house.build("whole", "WHOLE", mode="flat")
    old = (await house.http.get("/api/v1/datasets/whole/versions/latest")).json()["version"]
    occurrence = await house.occurrence("WHOLE", "later", "1.2.77.7")
    await house.image(occurrence, "1.2.77.7.1")
    await house.build("whole", "WHOLE", mode="flat")
    await told(house, "1.2.77.7")
    assert (await house.http.get("/api/v1/datasets/whole/versions/latest")).json()["version"] == old


async def test_what_was_deleted_between_freeze_and_build_is_not_built(house: House) -> None:
    """D5: told before the version could be seen, it is found when the build begins."""
    await house.cohort("BETWEEN", 2)
    accepted = await house.freeze("between", "BETWEEN")
    await told(house, await study_of(house, "BETWEEN"))
    await house.rows("UPDATE export.version SET deleted = 0 WHERE name = 'between'")
    await house.builder().work()
    operation = (await house.http.get(f"/api/v1/operations/{accepted['operation_id']}")).json()
    assert (operation["state"], "2 of its pictures were deleted" in operation["error"]) == ("failed", True)

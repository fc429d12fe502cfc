"""Deleting a study in the catalogue: nothing of it stays but the tombstone, and late news does not bring it back."""

import asyncio
from typing import Any

import httpx
import pytest

from chassis.messaging.topics import OCCURRENCE_PURGED, Received
from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.deletion.store import mark_purged
from services.catalog.load.consumer import catalogue
from tests.journey.catalog_shelf import Shelf, extracted, received
from tests.journey.corrected_shelf import correct, dump, fill, image
from tests.journey.test_ingest_progress import record_of

WHY = "consent was withdrawn"
_EMPTY = (
    "rcdm.radiology_image", "rcdm.radiology_occurrence", "rcdm.radiology_image_kind", "rcdm.radiology_quality",
    "rcdm.correction_target", "rcdm.radiology_condition_link", "vault.person_identity", "cdm.person",
    "cdm.visit_occurrence", "cdm.procedure_occurrence", "cdm.condition_occurrence", "cdm.observation_period",
)  # fmt: skip


async def asked(shelf: Shelf, occurrence_id: int, **said: Any) -> httpx.Response:
    body = {"radiology_occurrence_id": occurrence_id, "reason": WHY, **said}
    return await shelf.http.post("/api/v1/deletions", json=body)


async def deleted(shelf: Shelf, occurrence_id: int) -> Any:
    answer = await asked(shelf, occurrence_id, dry_run=False)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def lifted(shelf: Shelf, deletion_id: int) -> httpx.Response:
    return await shelf.http.post(f"/api/v1/deletions/{deletion_id}/lift", json={"reason": WHY})


async def purged(shelf: Shelf, deletion_id: int) -> None:
    message = pb.OccurrencePurged(deletion_id=deletion_id, objects=5)
    message.purged_at.GetCurrentTime()
    told = Received("1.2.1", message, record_of(OCCURRENCE_PURGED, message))
    await mark_purged(shelf.home.database, [told, told])


async def announced(shelf: Shelf) -> list[pb.OccurrenceDeleted]:
    rows = await shelf.rows("SELECT value FROM catalog.outbox WHERE topic = 'occurrence.deleted' ORDER BY outbox_id")
    return [pb.OccurrenceDeleted.FromString(row["value"]) for row in rows]


async def _rows(shelf: Shelf) -> dict[str, Any]:
    """Without the sealed identity of a person, which is that of the study that spoke last, also when it is gone."""
    found = await dump(shelf)
    return found | {"persons": [{**row, "sealed": None, "updated_at": None} for row in found["persons"]]}


@pytest.mark.parametrize("gone", range(3))
async def test_the_others_are_as_if_the_study_had_never_come(
    shelf: Shelf,
    messages: list[pb.InstanceExtracted],
    gone: int,
) -> None:
    """F22: persons, periods, phases of the same day and assumptions follow from what is left."""
    study = sorted({one.instance.study_instance_uid for one in messages})[gone]
    await shelf.take(*(one for one in messages if one.instance.study_instance_uid != study))
    expected = await _rows(shelf)
    await shelf.emptied()
    await shelf.take(*messages)
    await deleted(shelf, await shelf.value(
        "SELECT radiology_occurrence_id FROM rcdm.radiology_occurrence WHERE study_instance_uid = $1", study
    ))  # fmt: skip
    found = await _rows(shelf)
    for name, rows in expected.items():
        assert found[name] == rows, name


async def test_nothing_of_the_only_study_stays(shelf: Shelf) -> None:
    """F22: nor of its person, its diagnosis made a condition, its corrections; all but the tombstone."""
    study = await fill(shelf, diagnosis="liver cell carcinoma")
    await shelf.rows("UPDATE rcdm.radiology_condition SET mapping_status = 'APPROVED', condition_concept_id = 4001171")
    await shelf.rows("INSERT INTO rcdm.radiology_condition_target SELECT radiology_condition_id, 4001171"
                     " FROM rcdm.radiology_condition")  # fmt: skip
    await correct(shelf, "series", {"plane": "CORONAL"}, ids=[study])
    assert await shelf.value("SELECT count(*) FROM cdm.condition_occurrence") == 1
    told = await deleted(shelf, study)
    assert {name: await shelf.value(f"SELECT count(*) FROM {name}") for name in _EMPTY} == dict.fromkeys(_EMPTY, 0)
    assert (told["study"]["images"], told["study"]["last_of_person"]) == (5, True)
    page = await shelf.get("/deletions")
    assert page["items"] == [told["deletion"]]
    assert (page["items"][0]["reason"], page["items"][0]["purged_at"]) == (WHY, None)
    await shelf.get(f"/occurrences/{study}", 404)
    assert (await shelf.get("/corrections"))["total"] == 0


async def test_a_dry_run_tells_and_changes_nothing(shelf: Shelf) -> None:
    study = await fill(shelf)
    before = await dump(shelf)
    told = (await asked(shelf, study)).json()
    assert (told["dry_run"], told["deletion"], told["study"]["images"]) == (True, None, 5)
    assert await dump(shelf) == before
    assert (await shelf.get("/deletions"))["total"] == 0


async def test_late_news_of_a_deleted_study_is_left_out(shelf: Shelf) -> None:
    """C8, F22: an extraction that was under way, told after the study was deleted."""
    study = await fill(shelf)
    await deleted(shelf, study)
    other = extracted(image("1.2.5", "1.2.5.1"))[0]
    await shelf.take(extracted(image(place=7))[0], other)
    assert [row["study_instance_uid"] for row in await shelf.rows("SELECT * FROM rcdm.radiology_occurrence")] == [
        "1.2.5"
    ]
    await shelf.take(extracted(image(place=8))[0])
    assert await shelf.value("SELECT count(*) FROM rcdm.radiology_image") == 1


async def test_the_others_hear_of_it_under_every_name_it_came_with(shelf: Shelf) -> None:
    """The study was moved to another hospital: the door knows it under the old name."""
    study = await fill(shelf)
    await correct(shelf, "occurrence", {"hospital": "BUSAN"}, ids=[study])
    images = [row["image_id"] for row in await shelf.rows("SELECT image_id FROM rcdm.radiology_image ORDER BY 1")]
    told = await deleted(shelf, study)
    (message,) = await announced(shelf)
    assert (list(message.hospitals), list(message.image_ids)) == (["BUSAN", "SEOUL"], images)
    assert (message.deletion_id, message.study_instance_uid) == (told["deletion"]["deletion_id"], "1.2.1")
    await shelf.take(extracted(image(place=7))[0])
    assert await shelf.value("SELECT count(*) FROM rcdm.radiology_image") == 0


async def test_a_study_comes_again_after_its_tombstone_was_lifted(shelf: Shelf) -> None:
    """F22: not before its bytes are gone, and not what was received before."""
    deletion = (await deleted(shelf, await fill(shelf)))["deletion"]["deletion_id"]
    assert "still being removed" in (await lifted(shelf, deletion)).json()["detail"]
    await purged(shelf, deletion)
    done = await lifted(shelf, deletion)
    assert (done.status_code, done.json()["lifted_by"] is not None) == (200, True)
    assert (await lifted(shelf, deletion)).status_code == 409
    assert [message.HasField("lifted_at") for message in await announced(shelf)] == [False, True]
    await shelf.take(extracted(image(place=7))[0])
    assert await shelf.value("SELECT count(*) FROM rcdm.radiology_image") == 0
    fresh = extracted(image(place=7))[0]
    fresh.received_at.GetCurrentTime()
    await shelf.take(fresh)
    assert await shelf.value("SELECT count(*) FROM rcdm.radiology_image") == 1


async def test_what_is_gone_cannot_be_deleted_again(shelf: Shelf) -> None:
    study = await fill(shelf)
    deletion = (await deleted(shelf, study))["deletion"]["deletion_id"]
    answer = await asked(shelf, study)
    assert (answer.status_code, answer.json()["deletion_id"]) == (404, deletion)
    assert (await asked(shelf, 999_999)).status_code == 404
    assert (await lifted(shelf, 999_999)).status_code == 404
    assert (await asked(shelf, study, reason="short")).status_code == 400


async def test_deleting_while_images_come_leaves_all_or_nothing(shelf: Shelf) -> None:
    """C8: whoever is first, no image without its study and no person without an image."""
    study = await fill(shelf)
    batches = [[received(extracted(image(place=place))[0])] for place in range(10, 20)]
    await asyncio.gather(
        deleted(shelf, study), *(catalogue(shelf.home, shelf.outbox, batch) for batch in batches)
    )  # fmt: skip
    assert {name: await shelf.value(f"SELECT count(*) FROM {name}") for name in _EMPTY} == dict.fromkeys(_EMPTY, 0)


async def test_what_somebody_added_to_the_cdm_stays(shelf: Shelf) -> None:
    """A note of the site hangs on the visit that was made: the visit and its person are no longer ours alone."""
    study = await fill(shelf)
    await shelf.rows(
        "INSERT INTO cdm.note (note_id, person_id, note_date, note_type_concept_id, note_class_concept_id, note_text,"
        " encoding_concept_id, language_concept_id, visit_occurrence_id) SELECT 1, person_id, '2024-01-10', 0, 0, 'x',"
        " 0, 0, visit_occurrence_id FROM rcdm.radiology_occurrence"
    )
    await deleted(shelf, study)
    assert await shelf.value("SELECT count(*) FROM cdm.visit_occurrence JOIN cdm.person USING (person_id)") == 1
    await shelf.rows("DELETE FROM cdm.note")

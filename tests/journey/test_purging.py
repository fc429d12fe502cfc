"""What the door does about a deleted study: rows and blobs go, what others need stays, and nothing of it is taken."""

import asyncio
from typing import Any

import pytest

from chassis.blobs.keys import dicom_key, extraction_key, png_key, png_prefix
from chassis.errors import Unavailable
from chassis.messaging.outbox import Outbox
from chassis.messaging.topics import OCCURRENCE_DELETED
from proto.rcdm.v1 import events_pb2 as pb
from services.ingest.deletion import note_deletions
from services.ingest.purge import Purger
from services.ingest.service import service
from tests.journey.ingest_door import Door
from tests.journey.test_ingest_progress import extracted, failed, received
from tests.journey.test_stow_answers import reasons
from tests.makers import ct_bytes

STUDY = "1.2.3"


def image(**said: Any) -> bytes:
    return ct_bytes(**{"StudyInstanceUID": STUDY, **said})


def purger(door: Door) -> Purger:
    return Purger(door.home.database, door.home.blobs, Outbox(service.name, door.home.database, door.home.events))


async def told(door: Door, hospital: str, deletion_id: int = 1, lifted: bool = False) -> None:
    message = pb.OccurrenceDeleted(deletion_id=deletion_id, study_instance_uid=STUDY, hospitals=[hospital, "OTHER"])
    message.deleted_at.GetCurrentTime()
    if lifted:
        message.lifted_at.GetCurrentTime()
    await note_deletions(door.home.database.pool, [received(OCCURRENCE_DELETED, message)] * 2)


async def instances(door: Door) -> list[pb.Instance]:
    rows = await door.rows(
        "SELECT hospital, study_instance_uid, sop_instance_uid, sha256 FROM ingest.instance"
        " WHERE study_instance_uid = $1 ORDER BY sop_instance_uid", STUDY,
    )  # fmt: skip
    return [pb.Instance(**dict(row)) for row in rows]


async def drawn(door: Door, instance: pb.Instance, frames: int = 1) -> None:
    """As extract leaves it: pictures, an extraction apart, and word of both."""
    prefix = png_prefix(instance.sha256, "1")
    for frame in range(1, frames + 1):
        await door.home.blobs.put(png_key(prefix, frame), b"picture")
    await door.home.blobs.put(extraction_key(instance.sha256), b"tags")
    await extracted(door, instance)


async def left(door: Door) -> list[str]:
    return [blob.key async for blob in door.home.blobs.list("")]


async def finished(door: Door) -> list[pb.OccurrencePurged]:
    rows = await door.rows("SELECT value FROM ingest.outbox WHERE topic = 'occurrence.purged' ORDER BY outbox_id")
    return [pb.OccurrencePurged.FromString(row["value"]) for row in rows]


async def test_rows_bytes_pictures_and_extractions_go(door: Door) -> None:
    """F22: of every object of the study, also of one with more frames than are looked for at once."""
    other = ct_bytes()
    answer = await door.upload(image(), image(), other)
    here = await instances(door)
    await drawn(door, here[0], frames=40)
    await drawn(door, here[1])
    await told(door, here[0].hospital)
    assert await purger(door).purge() == 1
    assert [await door.stored(), len(await left(door))] == [1, 1]
    assert [(one.deletion_id, one.objects) for one in await finished(door)] == [(1, 2)]
    assert await purger(door).purge() == 0
    counts = (await door.http.get(f"/api/v1/uploads/{answer.json()['upload_id']}")).json()
    assert (counts["stored"], counts["deleted"], counts["pending"]) == (3, 2, 1)


async def test_bytes_another_hospital_sent_too_stay(door: Door) -> None:
    body = image()
    await door.upload(body, hospital="HERE")
    await door.upload(body, hospital="THERE")
    for instance in await instances(door):
        await drawn(door, instance)
    before = await left(door)
    await told(door, "HERE")
    assert await purger(door).purge() == 1
    assert await left(door) == before
    assert await door.value("SELECT hospital FROM ingest.instance") == "THERE"


async def test_what_is_under_way_is_left_until_extract_has_told(door: Door) -> None:
    """C8: nothing is drawn of bytes that are gone. A burial is word enough."""
    await door.upload(image(), image())
    here = await instances(door)
    await told(door, here[0].hospital)
    assert await purger(door).purge() == 0
    assert len(await left(door)) == 2
    await drawn(door, here[0])
    assert await purger(door).purge() == 0
    await failed(door, here[1])
    assert await purger(door).purge() == 1
    assert await left(door) == []


async def test_pictures_drawn_a_second_time_go_as_well(door: Door) -> None:
    """C8: an extraction whose commit was lost is done again, when everything of it is gone already."""
    await door.upload(image())
    instance = (await instances(door))[0]
    await drawn(door, instance)
    await told(door, instance.hospital)
    await purger(door).purge()
    await drawn(door, instance)
    assert len(await left(door)) == 2
    await purger(door).purge()
    assert await left(door) == []


async def test_nothing_of_a_deleted_study_is_taken(door: Door) -> None:
    """F22: by no door; another study in the same request is."""
    body = image()
    hospital = (await door.upload(body)).json() and (await instances(door))[0].hospital
    await drawn(door, (await instances(door))[0])
    await told(door, hospital)
    await purger(door).purge()
    answer = await door.upload(body, image(), ct_bytes())
    outcomes = [(item["outcome"], item.get("reason", {}).get("code")) for item in answer.json()["items"]]
    assert outcomes == [("refused", "study_deleted"), ("refused", "study_deleted"), ("stored", None)]
    answer = await door.stow(image())
    assert (answer.status_code, reasons(answer)) == (409, [0x0124])
    assert await door.is_clean()


async def test_a_lifted_study_is_taken_and_stays(door: Door) -> None:
    """C8: also when its deletion is told once more."""
    hospital = (await door.upload(image())).json() and (await instances(door))[0].hospital
    await drawn(door, (await instances(door))[0])
    await told(door, hospital)
    await purger(door).purge()
    await told(door, hospital, lifted=True)
    await told(door, hospital)
    assert (await door.upload(image())).status_code == 201
    await drawn(door, (await instances(door))[0])
    assert await purger(door).purge() == 0
    assert await door.stored() == 1
    await told(door, hospital, deletion_id=2)
    assert await purger(door).purge() == 1
    assert await left(door) == []


async def test_a_purge_that_was_stopped_goes_on(door: Door) -> None:
    """C9: the store went away between rows and blobs."""
    await door.upload(image(), image())
    for instance in await instances(door):
        await drawn(door, instance)
    await told(door, (await instances(door))[0].hospital)
    door.store.keeps = True
    with pytest.raises(Unavailable):
        await purger(door).purge()
    assert [await door.stored(), len(await finished(door))] == [0, 0]
    door.store.keeps = False
    assert await purger(door).purge() == 1
    assert await left(door) == []


async def test_sending_the_same_bytes_meanwhile_loses_nothing(door: Door) -> None:
    """A2: another hospital sends what is being removed: what it was told is stored is there."""
    bodies = [image() for _ in range(12)]
    await door.upload(*bodies, hospital="HERE")
    for instance in await instances(door):
        await drawn(door, instance)
    await told(door, "HERE")
    purge = asyncio.create_task(purger(door).purge())
    answers = await asyncio.gather(*(door.upload(body, hospital="THERE") for body in bodies))
    assert [answer.status_code for answer in answers] == [201] * 12
    await purge
    await purger(door).purge()
    assert len(await door.blobs()) == 12
    for row in await door.rows("SELECT sha256 FROM ingest.instance"):
        assert await door.home.blobs.size(dicom_key(row["sha256"])) > 0

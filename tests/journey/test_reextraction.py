"""Images are read again by the rules of today: which, when, and what stays."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from chassis.blobs.keys import RENDERERS
from chassis.messaging.ports import Record
from chassis.messaging.topics import INSTANCE_RECEIVED, dead_letters_of
from imaging.extraction_rules import extraction_rules
from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.reextraction.announce import EXTRACT, announce
from services.catalog.reextraction.outcomes import note_buried
from tests.journey.catalog_shelf import Shelf, extracted
from tests.makers import ct_bytes
from tests.waiting import until

_TODAY = extraction_rules(RENDERERS[-1])


@pytest.fixture
async def shelf(one_shelf: Shelf) -> Shelf:
    await one_shelf.emptied()
    await one_shelf.rows("TRUNCATE rcdm.reextraction CASCADE")
    return one_shelf


async def ask(shelf: Shelf, **wanted: Any) -> dict[str, Any]:
    answer = await shelf.http.post("/api/v1/reextractions", json=wanted)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def hear_all(shelf: Shelf) -> None:
    """Extract is done with all that was announced."""

    async def hear(_: Sequence[Record]) -> None:
        pass

    async def is_idle() -> bool:
        return await shelf.home.events.lag(INSTANCE_RECEIVED.name, EXTRACT) == 0

    reading = asyncio.create_task(shelf.home.events.subscribe(INSTANCE_RECEIVED.name, EXTRACT, hear))
    await until(is_idle)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def progress(shelf: Shelf, asked: dict[str, Any]) -> tuple[int, int, bool]:
    """Remaining, failed, and whether it is over."""
    await announce(shelf.home, shelf.outbox)
    now = await shelf.get(f"/reextractions/{asked['reextraction_id']}")
    return now["remaining"], now["failed"], now["finished_at"] is not None


async def announced(shelf: Shelf) -> list[pb.InstanceReceived]:
    rows = await shelf.rows("SELECT value FROM catalog.outbox WHERE topic = 'instance.received' ORDER BY outbox_id")
    return [pb.InstanceReceived.FromString(row["value"]) for row in rows]


def read(body: bytes, minute: int, **told: Any) -> pb.InstanceExtracted:
    """What extract of today says of it."""
    message = extracted(body, minute=minute, **told)[0]
    message.extraction.rules = _TODAY
    return message


async def test_by_default_what_older_rules_read_is_read_again(shelf: Shelf) -> None:
    old, new = ct_bytes(), ct_bytes()
    before = extracted(old, diagnosis="간세포암")[0]
    before.instance.assigned_uids["SeriesInstanceUID"] = "no UID"
    await shelf.take(before, read(new, 0))
    asked = await ask(shelf)
    assert (asked["images"], asked["remaining"], asked["finished_at"]) == (1, 1, None)
    assert await announce(shelf.home, shelf.outbox) == 1
    (message,) = await announced(shelf)
    assert message.again
    assert (message.instance, message.diagnosis, message.received_at) == (
        before.instance, before.diagnosis, before.received_at,
    )  # fmt: skip
    again = read(old, 1, diagnosis="간세포암")
    again.instance.CopyFrom(message.instance)
    await shelf.take(again)
    assert await progress(shelf, asked) == (0, 0, True)
    assert (await ask(shelf))["images"] == 0


async def test_any_search_chooses_what_is_read_again(shelf: Shelf) -> None:
    await shelf.take(read(ct_bytes(), 0), read(ct_bytes(), 0, hospital="BUSAN"))
    asked = await ask(shelf, filter={"hospital": ["BUSAN"]})
    await announce(shelf.home, shelf.outbox)
    assert [message.instance.hospital for message in await announced(shelf)] == ["BUSAN"]
    assert asked["images"] == 1


async def test_a_dry_run_counts_and_keeps_nothing(shelf: Shelf) -> None:
    await shelf.take(extracted(ct_bytes())[0])
    assert (await ask(shelf, dry_run=True))["images"] == 1
    assert await announce(shelf.home, shelf.outbox) == 0
    assert (await shelf.get("/reextractions"))["total"] == 0


async def test_asked_twice_an_image_is_read_once(shelf: Shelf) -> None:
    await shelf.take(extracted(ct_bytes())[0])
    assert [(await ask(shelf))["images"] for _ in range(2)] == [1, 0]


async def test_corrections_hold_and_know_what_is_said_now(shelf: Shelf) -> None:
    body = ct_bytes()
    await shelf.take(extracted(body)[0])
    [image] = await shelf.rows("SELECT image_id, radiology_occurrence_id FROM rcdm.radiology_image")
    for target, number, said in (
        ("image", image["image_id"], {"plane": "CORONAL", "phase": "ARTERIAL"}),
        ("occurrence", image["radiology_occurrence_id"], {"hospital": "BUSAN", "protocol": "Liver"}),
    ):
        wanted = {"target": target, "ids": [number], "set": said, "reason": "seen by eye", "dry_run": False}
        answer = await shelf.http.post("/api/v1/corrections", json=wanted)
        assert answer.status_code == 200, answer.text
    asked = await ask(shelf)
    await announce(shelf.home, shelf.outbox)
    again = read(body, 1)
    again.extraction.plane.plane = "OBLIQUE"
    assert (await announced(shelf))[0].instance == again.instance
    await shelf.take(again)
    [row] = await shelf.rows(
        "SELECT image_id, image_plane, original_plane, image_phase, extraction_rules, hospital.text AS hospital,"
        " protocol.text AS protocol FROM rcdm.radiology_image"
        " JOIN rcdm.radiology_occurrence study USING (radiology_occurrence_id)"
        " JOIN rcdm.radiology_hospital hospital ON hospital.radiology_hospital_id = study.radiology_hospital_id"
        " JOIN rcdm.radiology_protocol protocol USING (radiology_protocol_id)"
    )
    assert row == {
        "image_id": image["image_id"], "image_plane": "CORONAL", "original_plane": "OBLIQUE", "image_phase": "ARTERIAL",
        "extraction_rules": _TODAY, "hospital": "BUSAN", "protocol": "Liver",
    }  # fmt: skip
    assert await progress(shelf, asked) == (0, 0, True)


async def test_who_uploads_meanwhile_goes_first(shelf: Shelf) -> None:
    """Nothing is announced while more than a few objects wait for extract."""
    await shelf.take(extracted(ct_bytes())[0])
    await ask(shelf)
    waiting = [INSTANCE_RECEIVED.event(str(number), pb.InstanceReceived()) for number in range(100)]
    await shelf.home.events.append(INSTANCE_RECEIVED.name, waiting)
    try:
        assert await announce(shelf.home, shelf.outbox) == 0
    finally:
        await hear_all(shelf)
    assert await announce(shelf.home, shelf.outbox) == 1


async def test_what_extract_buries_is_told_and_stays_as_it_was(shelf: Shelf) -> None:
    await shelf.take(extracted(ct_bytes())[0])
    asked = await ask(shelf)
    await announce(shelf.home, shelf.outbox)
    (message,) = await announced(shelf)
    event = INSTANCE_RECEIVED.event("key", message)
    headers = {**event.headers, "dead-topic": INSTANCE_RECEIVED.name}
    letter = Record(dead_letters_of("extract"), 0, 0, "key", event.value, headers)
    for _ in range(2):
        await note_buried(shelf.home.database, [letter])
    assert await progress(shelf, asked) == (0, 1, True)
    assert await shelf.value("SELECT render_status FROM rcdm.radiology_image") == "PICTURE"


async def test_what_the_log_lost_is_announced_again_and_failed_at_last(shelf: Shelf) -> None:
    await shelf.take(extracted(ct_bytes())[0])
    asked = await ask(shelf)
    for _ in range(3):
        await announce(shelf.home, shelf.outbox)
        await shelf.rows("UPDATE rcdm.reextraction_image SET sent_at = sent_at - interval '1 hour'")
        await announce(shelf.home, shelf.outbox)
    assert len(await announced(shelf)) == 3
    assert await progress(shelf, asked) == (0, 1, True)


async def test_a_deleted_study_is_not_waited_for(shelf: Shelf) -> None:
    await shelf.take(extracted(ct_bytes())[0])
    asked = await ask(shelf)
    await shelf.rows("DELETE FROM rcdm.radiology_image")
    assert await progress(shelf, asked) == (0, 0, True)


async def test_only_operators_ask(shelf: Shelf) -> None:
    async with shelf.http.stream("GET", "/api/v1/reextractions", headers={"Authorization": "Bearer nobody"}) as answer:
        assert answer.status_code == 401

"""What the others tell about an instance shows in the counts of its upload."""

import asyncio
import json
from typing import Any

from google.protobuf.message import Message

from chassis.messaging.ports import Record
from chassis.messaging.topics import INSTANCE_EXTRACTED, INSTANCE_RECEIVED, OCCURRENCE_CHANGED, Received, Topic
from proto.rcdm.v1 import events_pb2 as pb
from services.ingest.events import mark_catalogued, mark_extracted, mark_failed
from tests.journey.ingest_door import Door
from tests.makers import ct_bytes


def record_of(topic: Topic[Any], message: Message, **headers: str) -> Record:
    event = topic.event("key", message)
    return Record(topic.name, 0, 0, event.key, event.value, {**event.headers, **headers})


def received(topic: Topic[Any], message: Any) -> Received[Any]:
    return topic.decode(record_of(topic, message))


async def instance_of(door: Door, digest: str | None = None) -> pb.Instance:
    row = (await door.rows("SELECT hospital, sop_instance_uid, sha256 FROM ingest.instance"))[0]
    return pb.Instance(hospital=row[0], sop_instance_uid=row[1], sha256=digest or row[2])


async def counts_of(door: Door, upload_id: str) -> dict[str, Any]:
    document: dict[str, Any] = (await door.http.get(f"/api/v1/uploads/{upload_id}")).json()
    return document


def told(counts: dict[str, Any]) -> tuple[int, ...]:
    return tuple(counts[name] for name in ("extracted", "no_picture", "catalogued", "failed", "pending"))


async def uploaded(door: Door) -> tuple[str, pb.Instance]:
    body = ct_bytes()
    answer = await door.upload(body, body)
    return answer.json()["upload_id"], await instance_of(door)


async def extracted(door: Door, instance: pb.Instance, reason: str = "") -> None:
    message = pb.InstanceExtracted(instance=instance, no_picture_reason=reason)
    await mark_extracted(door.home.database.pool, [received(INSTANCE_EXTRACTED, message)] * 2)


async def catalogued(door: Door, instance: pb.Instance) -> None:
    message = pb.OccurrenceChanged(hospital=instance.hospital, sop_instance_uids=[instance.sop_instance_uid] * 2)
    await mark_catalogued(door.home.database.pool, [received(OCCURRENCE_CHANGED, message)])


async def failed(door: Door, instance: pb.Instance, group: str = "extract") -> None:
    topic: Topic[Any] = INSTANCE_RECEIVED if group == "extract" else INSTANCE_EXTRACTED
    record = record_of(topic, topic.message(instance=instance), **{"dead-topic": topic.name, "dead-reason": "because"})
    await mark_failed(door.home.database.pool, group, [record])


async def test_an_instance_goes_from_pending_to_catalogued(door: Door) -> None:
    """C8: each fact told twice counts once; the same file twice in one request is one object."""
    upload_id, instance = await uploaded(door)
    assert told(await counts_of(door, upload_id)) == (0, 0, 0, 0, 1)
    await extracted(door, instance, "no_pixels")
    assert told(await counts_of(door, upload_id)) == (1, 1, 0, 0, 1)
    await catalogued(door, instance)
    counts = await counts_of(door, upload_id)
    assert (told(counts), counts["done"]) == ((1, 1, 1, 0, 0), True)


async def test_a_buried_instance_has_failed_until_it_goes_well(door: Door) -> None:
    """C10."""
    upload_id, instance = await uploaded(door)
    await failed(door, instance)
    counts = await counts_of(door, upload_id)
    assert (told(counts), counts["done"]) == ((0, 0, 0, 1, 0), True)
    await extracted(door, instance)
    assert told(await counts_of(door, upload_id)) == (1, 0, 0, 0, 1)


async def test_a_failure_of_the_catalogue_ends_with_the_catalogue(door: Door) -> None:
    upload_id, instance = await uploaded(door)
    await extracted(door, instance)
    await failed(door, instance, "catalog")
    await extracted(door, instance)
    assert told(await counts_of(door, upload_id)) == (1, 0, 0, 1, 0)
    await catalogued(door, instance)
    await failed(door, instance, "catalog")
    assert told(await counts_of(door, upload_id)) == (1, 0, 1, 0, 0)


async def test_news_of_other_bytes_and_of_unknown_objects_change_nothing(door: Door) -> None:
    """C9: nor does a buried record nobody can read."""
    upload_id, _ = await uploaded(door)
    other = await instance_of(door, "0" * 64)
    await extracted(door, other)
    await failed(door, other)
    await catalogued(door, pb.Instance(hospital="NOWHERE", sop_instance_uid="1.2"))
    garbage = Record("dead.extract", 0, 0, "key", b"\xff\xff", {"dead-topic": "instance.received", "type": "?"})
    await mark_failed(door.home.database.pool, "extract", [garbage])
    assert told(await counts_of(door, upload_id)) == (0, 0, 0, 0, 1)


async def test_the_counts_are_told_as_they_change_until_all_is_done(door: Door) -> None:
    upload_id, instance = await uploaded(door)
    events: list[tuple[str, dict[str, Any]]] = []
    async with door.http.stream("GET", f"/api/v1/uploads/{upload_id}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        name = ""
        async for line in answer.aiter_lines():
            if line.startswith("event:"):
                name = line.split(":", 1)[1].strip()
            elif line.startswith("data:"):
                events.append((name, json.loads(line.split(":", 1)[1])))
                if len(events) == 1:
                    await extracted(door, instance)
                    await catalogued(door, instance)
    assert [event[0] for event in events] == ["counts", "counts", "done"]
    assert (events[0][1]["pending"], events[-1][1]["done"]) == (1, True)


async def test_an_unknown_upload_is_404_everywhere(door: Door) -> None:
    unknown = "/api/v1/uploads/0190a6f0-0000-7000-8000-000000000000"
    answers = await asyncio.gather(*(door.http.get(unknown + path) for path in ("", "/files", "/events")))
    assert [answer.status_code for answer in answers] == [404, 404, 404]

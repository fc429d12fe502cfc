"""Builds that are killed, cancelled, asked for twice, or meet altered pictures; half an archive is never offered."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chassis.blobs.keys import dataset_key
from chassis.messaging.outbox import Outbox
from chassis.messaging.topics import EXPORT_REQUESTED
from proto.rcdm.v1 import events_pb2 as pb
from services.export import operations
from services.export.archive.verify import verify_archive
from services.export.build.worker import Builder
from services.export.names import OWN_FILES
from tests.journey.export_gate import Gate
from tests.journey.export_house import House, ended, open_house, working
from tests.waiting import until


@pytest.fixture(scope="module")
async def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(postgres_server, tmp_path_factory.mktemp("export")) as opened:
        occurrence = await opened.occurrence("MANY", "patient", "1.2.70")
        for number in range(6):
            await opened.image(occurrence, f"1.2.70.{number}", frames=200)
        await opened.cohort("FEW", persons=3)
        yield opened


def gated_builder(house: House, gate: Any) -> Builder:
    home = replace(house.home, blobs=gate)
    return Builder(home, Outbox("export", home.database, home.events), house.pool)


async def archive(house: House, accepted: dict[str, Any]) -> Any:
    return await house.http.get(f"/api/v1/datasets/{accepted['dataset']}/versions/{accepted['version']}/archive")


async def test_nothing_is_offered_before_it_is_ready(house: House) -> None:
    """D10: 409 with the operation's address."""
    accepted = await house.freeze("early", "FEW")
    address = f"/api/v1/datasets/early/versions/{accepted['version']}"
    for part in ("archive", "manifest.csv", "members"):
        answer = await house.http.get(f"{address}/{part}")
        assert answer.status_code == 409
        assert answer.json()["operation"] == f"/api/v1/operations/{accepted['operation_id']}"
    assert (await house.http.get(address)).json()["state"] == "building"


async def test_a_killed_build_goes_on_where_it_was(house: House, tmp_path: Path) -> None:
    """D10: kill -9 in the middle; the next builder reads no picture again that has its place."""
    accepted = await house.freeze("killed", "MANY")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.journey.export_process", house.home.database.dsn,
        str(house.home.settings.data), "700", stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(120):
        assert await process.stdout.readline() == b"reached\n"
        process.kill()
        await process.wait()
    assert (await archive(house, accepted)).status_code == 409
    before = await _entries(house, accepted)
    # PostgreSQL notices that the connection is gone and gives the version's lock back.
    await until(lambda: _built_with_at_most(house, accepted, 700), what="the second build")
    path = tmp_path / "killed.zip"
    path.write_bytes((await archive(house, accepted)).content)
    report = verify_archive(path)
    assert (len(before), report.ok, report.pictures) == (500, True, 1200)
    assert (await _entries(house, accepted))[:500] == before


async def _built_with_at_most(house: House, accepted: dict[str, Any], pictures: int) -> bool:
    await gated_builder(house, Gate(house.home.blobs, pictures)).work()
    return bool((await archive(house, accepted)).status_code == 200)


async def _entries(house: House, accepted: dict[str, Any]) -> list[tuple[Any, ...]]:
    rows = await house.rows(
        "SELECT ordinal, path, archive_offset FROM export.entry JOIN export.version USING (version_id)"
        " WHERE operation_id = $1::text::uuid ORDER BY ordinal", accepted["operation_id"],
    )  # fmt: skip
    return [tuple(row) for row in rows]


async def test_a_request_said_twice_builds_once(house: House) -> None:
    """C: redelivery of export.requested, and two builders at once, give one result."""
    accepted = await house.freeze("twice", "FEW")
    message = pb.ExportRequested(operation_id=accepted["operation_id"], dataset="twice", version=accepted["version"])
    event = EXPORT_REQUESTED.event("twice", message)
    async with working(house):
        await house.home.events.append(EXPORT_REQUESTED.name, [event, event])
        await asyncio.gather(house.builder().work(), ended(house, accepted["operation_id"]))
        first = (await archive(house, accepted)).content
        await house.home.events.append(EXPORT_REQUESTED.name, [event])
        await until(lambda: _handled(house), what="the event's handling")
    assert (await archive(house, accepted)).content == first
    completed = await house.value("SELECT count(*) FROM export.entry e JOIN export.version v USING (version_id)"
                                  " WHERE v.name = 'twice'")  # fmt: skip
    assert completed == 6 + len(OWN_FILES)


async def _handled(house: House) -> bool:
    return await house.home.events.lag(EXPORT_REQUESTED.name, "export") == 0


async def test_two_builders_take_different_versions(house: House) -> None:
    accepted = [await house.freeze(f"pair-{number}", "FEW") for number in range(2)]
    await asyncio.gather(house.builder().work(), house.builder().work())
    await house.builder().work()
    states = [(await house.http.get(f"/api/v1/operations/{one['operation_id']}")).json()["state"] for one in accepted]
    assert states == ["done", "done"]


async def test_a_cancelled_build_stops_within_a_second_and_leaves_nothing(house: House) -> None:
    accepted = await house.freeze("cancelled", "MANY")
    gate = Gate(house.home.blobs, free=600)
    task = asyncio.ensure_future(gated_builder(house, gate).work())
    async with asyncio.timeout(120):
        await gate.reached.wait()
    started = time.monotonic()
    answer = await house.http.delete(f"/api/v1/operations/{accepted['operation_id']}")
    await task
    assert time.monotonic() - started < 2
    assert answer.json()["state"] == "cancelled"
    assert await _left(house, accepted) == (0, [])
    assert (await archive(house, accepted)).json()["state"] == "cancelled"


async def test_a_queued_build_can_be_cancelled_and_a_done_one_cannot(house: House) -> None:
    queued = await house.freeze("queued", "FEW")
    assert (await house.http.delete(f"/api/v1/operations/{queued['operation_id']}")).status_code == 200
    assert (await house.http.delete(f"/api/v1/operations/{queued['operation_id']}")).status_code == 200
    done = await house.freeze("done", "FEW")
    await house.builder().work()
    assert (await house.http.delete(f"/api/v1/operations/{done['operation_id']}")).status_code == 409
    assert (await archive(house, done)).status_code == 200


@pytest.mark.parametrize("harm", ["altered", "lost", "shortened"])
async def test_a_picture_that_is_not_the_recorded_one_fails_the_build(house: House, harm: str) -> None:
    """D9, D11: named by image, never left out silently."""
    occurrence = await house.occurrence(f"HARM {harm}", "patient", "1.2.71")
    image = await house.image(occurrence, "1.2.71.1")
    key = await house.value("SELECT png_filepath || '-000001.png' FROM rcdm.radiology_image WHERE image_id = $1", image)
    body = await house.home.blobs.get(key)
    await house.home.blobs.delete(key)
    if harm != "lost":
        await house.home.blobs.put(key, body[:-1] + (b"" if harm == "shortened" else bytes([body[-1] ^ 1])))
    accepted = await house.freeze(f"harm-{harm}", f"HARM {harm}")
    await house.builder().work()
    operation = (await house.http.get(f"/api/v1/operations/{accepted['operation_id']}")).json()
    assert operation["state"] == "failed"
    assert f"image {image}, frame 1" in operation["error"]
    assert await _left(house, accepted) == (0, [])


async def test_an_operation_is_followed_to_its_end(house: House) -> None:
    accepted = await house.freeze("followed", "MANY")
    async with (
        working(house),
        house.http.stream("GET", f"/api/v1/operations/{accepted['operation_id']}/events") as answer,
    ):
        events = [json.loads(line[6:]) async for line in answer.aiter_lines() if line.startswith("data: ")]
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (events[-1]["state"], events[-1]["done"], events[-1]["total"]) == ("done", 1200, 1200)
    assert events[-1]["result"]["version"] == accepted["version"]
    assert [event["done"] for event in events] == sorted(event["done"] for event in events)


async def test_the_end_is_announced(house: House) -> None:
    accepted = await house.freeze("announced", "FEW")
    await house.builder().work()
    rows = await house.rows("SELECT value FROM export.outbox WHERE topic = 'export.completed' AND key = 'announced'")
    message = pb.ExportCompleted.FromString(rows[0]["value"])
    answer = await archive(house, accepted)
    assert (message.members, message.archive_bytes) == (6, len(answer.content))


async def _left(house: House, accepted: dict[str, Any]) -> tuple[int, Sequence[str]]:
    """Entries and blobs that speak of a version."""
    prefix = dataset_key(accepted["dataset"], accepted["version"], "").rstrip("/")
    blobs = [blob.key async for blob in house.home.blobs.list(prefix)]
    return len(await _entries(house, accepted)), blobs


async def test_a_last_word_on_progress_does_not_undo_a_build(house: House, tmp_path: Path) -> None:
    """D10: told late, when the version has just become ready, it meets an operation that is done, not cancelled."""
    accepted = await house.freeze("told", "FEW")
    await house.builder().work()
    await operations.progress(house.home.database, UUID(accepted["operation_id"]), 1)
    operation = (await house.http.get(f"/api/v1/operations/{accepted['operation_id']}")).json()
    assert (operation["state"], operation["done"]) == ("done", operation["total"])
    path = tmp_path / "told.zip"
    path.write_bytes((await archive(house, accepted)).content)
    assert verify_archive(path).ok


async def test_an_archive_whose_places_are_gone_is_an_error_with_a_name(house: House) -> None:
    """D10: not an answer that ends without a word."""
    accepted = await house.freeze("placeless", "FEW")
    await house.builder().work()
    await house.home.database.pool.execute(
        "DELETE FROM export.entry WHERE version_id = (SELECT version_id FROM export.version WHERE name = 'placeless')"
    )
    answer = await archive(house, accepted)
    assert answer.status_code == 404
    assert "bytes too early" in answer.json()["detail"]

"""Uploads over a real port: outcomes, statuses, rows, events."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journey.ingest_door import Door, open_door
from tests.makers import ct_bytes


@pytest.fixture
async def door(database: str, tmp_path: Path) -> AsyncIterator[Door]:
    async with open_door(database, tmp_path) as opened:
        yield opened


async def test_one_file_becomes_one_row_one_blob_and_one_event(door: Door) -> None:
    answer = await door.upload(ct_bytes(), hospital="A", diagnosis="간암")
    assert answer.status_code == 201, answer.text
    document = answer.json()
    assert document["items"][0]["outcome"] == "stored"
    assert await door.stored() == 1
    assert await door.value("SELECT count(*) FROM ingest.outbox") == 1
    assert await door.value("SELECT count(*) FROM ingest.pending_blob") == 0
    assert len(await door.blobs()) == 1

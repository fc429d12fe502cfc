"""The numbers of the overview page: throughput, waiting, failed and refused files, disk space.

Read from the tables of all services, a few seconds old at most: several operators cost no more than one. The names of
refused files stay with who sent them: a name may be a patient's.
"""

import asyncio
import shutil
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.db.database import Database
from chassis.settings import Settings

_FRESH_SECONDS = 5.0
_ROOM_FRESH_SECONDS = 300.0  # sums over whole tables
_WAITING = """
SELECT count(*) FILTER (WHERE extracted_at IS NULL) AS for_extraction,
    count(*) FILTER (WHERE extracted_at IS NOT NULL) AS for_the_catalogue,
    extract(epoch FROM now() - min(received_at))::float8 AS oldest_seconds
FROM ingest.instance WHERE catalogued_at IS NULL AND failed_at IS NULL"""
# The first word of a reason is the name of an error type; what follows is its sentence.
_FAILURES = """
SELECT consumer_group AS group, split_part(reason, ':', 1) AS reason, count(*) AS letters
FROM operations.dead_letter WHERE replayed_at IS NULL GROUP BY 1, 2 ORDER BY letters DESC, 1, 2"""
_REFUSED = """
SELECT coalesce(reason_code, '') AS code, count(*) AS files, count(DISTINCT upload_id) AS uploads,
    max(created_at) AS last_at
FROM ingest.upload_file JOIN ingest.upload USING (upload_id) WHERE outcome = 'refused'
GROUP BY 1 ORDER BY files DESC, 1"""
_ROOM = """
SELECT now() AS at, (SELECT count(*) FROM ingest.instance) AS objects,
    (SELECT coalesce(sum(bytes), 0)::bigint FROM ingest.instance) AS object_bytes,
    (SELECT coalesce(sum(picture_total_count), 0)::bigint FROM rcdm.radiology_occurrence) AS pictures,
    (SELECT coalesce(sum(bytes), 0)::bigint FROM export.file) AS dataset_file_bytes,
    pg_database_size(current_database()) AS database_bytes"""


class Minute(BaseModel):
    at: datetime
    received: int
    catalogued: int


class Waiting(BaseModel):
    """Received, and neither in the catalogue nor failed."""

    for_extraction: int
    for_the_catalogue: int
    oldest_seconds: float | None = Field(description="How long the first of them has waited; null: none waits.")


class Failures(BaseModel):
    """Dead letters that wait to be replayed: `reason` is the name of the error."""

    group: str
    reason: str
    letters: int


class RefusedFiles(BaseModel):
    code: str
    files: int
    uploads: int
    last_at: datetime = Field(description="When the last upload with such a file began.")


class Room(BaseModel):
    """What the store holds; each object once for every hospital that sent it."""

    at: datetime
    objects: int
    object_bytes: int
    pictures: int
    dataset_file_bytes: int = Field(description="Made for data sets beside the pictures: DICOM, volumes, 16 bits.")
    database_bytes: int
    free_bytes: int | None = Field(description="On the disk of a store that is a folder; null for S3.")


class Overview(BaseModel):
    at: datetime
    minutes: list[Minute] = Field(description="The last hour, minutes in which nothing happened left out.")
    waiting: Waiting
    failures: list[Failures]
    refused: list[RefusedFiles] = Field(description="By reason, most first.")
    room: Room


class Overviews:
    """One is made at a time, and serves everybody who asks within the next seconds."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        store = urlsplit(settings.blobs)
        self._folder = Path(store.path or settings.data / "blobs") if store.scheme == "file" else None
        self._lock = asyncio.Lock()
        self._made: tuple[float, Overview] | None = None
        self._room: tuple[float, Room] | None = None

    async def now(self) -> Overview:
        async with self._lock:
            if self._made is None or time.monotonic() > self._made[0] + _FRESH_SECONDS:
                self._made = time.monotonic(), await self._make()
            return self._made[1]

    async def _make(self) -> Overview:
        pool = self._database.pool
        return Overview(
            at=await pool.fetchval("SELECT now()"),
            minutes=[Minute(**row) for row in await pool.fetch(_MINUTES)],
            waiting=Waiting(**await pool.fetchrow(_WAITING)),
            failures=[Failures(**row) for row in await pool.fetch(_FAILURES)],
            refused=[RefusedFiles(**row) for row in await pool.fetch(_REFUSED)],
            room=await self._room_now(),
        )

    async def _room_now(self) -> Room:
        if self._room is None or time.monotonic() > self._room[0] + _ROOM_FRESH_SECONDS:
            row: Any = await self._database.pool.fetchrow(_ROOM)
            self._room = time.monotonic(), Room(**row, free_bytes=await asyncio.to_thread(self._free))
        return self._room[1]

    def _free(self) -> int | None:
        return shutil.disk_usage(self._folder).free if self._folder and self._folder.exists() else None


_MINUTES = """
SELECT at, sum(received)::bigint AS received, sum(catalogued)::bigint AS catalogued FROM (
    SELECT date_trunc('minute', received_at) AS at, count(*) AS received, 0 AS catalogued
    FROM ingest.instance WHERE received_at > now() - interval '1 hour' GROUP BY 1
    UNION ALL SELECT date_trunc('minute', catalogued_at), 0, count(*)
    FROM ingest.instance WHERE catalogued_at > now() - interval '1 hour' GROUP BY 1
) AS each GROUP BY at ORDER BY at"""


class Refusal(BaseModel):
    upload_id: UUID
    number: int
    at: datetime
    hospital: str
    code: str
    detail: str
    bytes: int


async def refusals(
    database: Database, code: str | None, before: tuple[UUID, int] | None, limit: int
) -> tuple[list[Refusal], int]:
    """At most `limit` that come after the place `before`, and how many there are in all."""
    upload_id, number = before or (None, None)
    rows = await database.pool.fetch(
        "SELECT upload_id, number, created_at AS at, hospital, coalesce(reason_code, '') AS code,"
        " coalesce(reason_detail, '') AS detail, bytes"
        " FROM ingest.upload_file JOIN ingest.upload USING (upload_id)"
        " WHERE outcome = 'refused' AND ($1::text IS NULL OR reason_code = $1)"
        " AND ($2::uuid IS NULL OR (upload_id, number) < ($2, $3)) ORDER BY upload_id DESC, number DESC LIMIT $4",
        code, upload_id, number, limit,
    )  # fmt: skip
    total = await database.pool.fetchval(
        "SELECT count(*) FROM ingest.upload_file WHERE outcome = 'refused' AND ($1::text IS NULL OR reason_code = $1)",
        code,
    )
    return [Refusal(**row) for row in rows], total

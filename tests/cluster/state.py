"""What a hospital's files became: objects and pictures with their digests, the ledger, the rows of the R-CDM."""

import asyncio
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import asyncpg

from chassis.aio import gather_bounded
from chassis.blobs.keys import PNG, digest_in
from chassis.blobs.s3.store import s3_blobs
from tests.cluster.files import Files
from tests.cluster.home import Places
from tests.system import System

Row = dict[str, Any]

_TIMES = {"received_at", "extracted_at", "catalogued_at", "failed_at"}

_LEDGER = "SELECT to_jsonb(one) AS row FROM ingest.instance one WHERE hospital = $1 ORDER BY sop_instance_uid"
_IMAGES = """
SELECT to_jsonb(image) || jsonb_build_object('person', person_source_value, 'study', study_instance_uid) AS row
FROM rcdm.radiology_image image JOIN cdm.person USING (person_id)
JOIN rcdm.radiology_occurrence USING (radiology_occurrence_id)
JOIN rcdm.radiology_hospital hospital ON hospital.radiology_hospital_id = image.radiology_hospital_id
WHERE hospital.text = $1 ORDER BY sop_instance_uid"""
_OCCURRENCES = """
SELECT to_jsonb(occurrence) || jsonb_build_object(
    'person', person_source_value, 'year', year_of_birth, 'gender', gender_concept_id, 'thumbnail', (
        SELECT sop_instance_uid FROM rcdm.radiology_image WHERE image_id = thumbnail_image_id), 'assumed', (
        SELECT coalesce(jsonb_agg(assumption ORDER BY assumption), '[]') FROM rcdm.radiology_quality quality
        WHERE quality.radiology_occurrence_id = occurrence.radiology_occurrence_id)) AS row
FROM rcdm.radiology_occurrence occurrence JOIN cdm.person USING (person_id)
JOIN rcdm.radiology_hospital hospital USING (radiology_hospital_id)
WHERE hospital.text = $1 ORDER BY study_instance_uid"""


@dataclass(frozen=True)
class State:
    """Two runs of the same files may be compared with ==: nothing in it depends on when and in which order."""

    found: Row  # how many studies a search finds, by each value of each filter
    blobs: dict[str, str]
    ledger: list[Row]
    images: list[Row]
    occurrences: list[Row]


def state_of(system: System, places: Places, files: Files) -> State:
    """What a client finds, and what lies in the store and the tables themselves."""
    with system.client() as http:
        answer = http.get("/api/v1/occurrences/facets", params={"hospital": files.hospital})
    assert answer.status_code == 200, answer.text
    return asyncio.run(_state_of(answer.json(), places, files))


def ledger_counts(places: Places, hospital: str) -> Row:
    """How many of a hospital's objects are stored, extracted, catalogued and failed."""
    sql = """SELECT count(*) AS stored, count(extracted_at) AS extracted, count(catalogued_at) AS catalogued,
             count(failed_at) AS failed FROM ingest.instance WHERE hospital = $1"""
    return dict(rows(places, sql, hospital)[0])


def pictures(places: Places, files: Files) -> int:
    """How many of the files' pictures lie in the store."""

    async def count() -> int:
        async with s3_blobs(places.blobs) as store:
            keys = [blob.key async for blob in store.list(PNG)]
        return sum(digest_in(key) in digests for key in keys)

    digests = files.digests
    return asyncio.run(count())


def rows(places: Places, sql: str, *arguments: object) -> list[asyncpg.Record]:
    """What a statement finds in the database."""

    async def ask() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(places.database)
        try:
            return list(await connection.fetch(sql, *arguments))
        finally:
            await connection.close()

    return asyncio.run(ask())


async def _state_of(facets: Row, places: Places, files: Files) -> State:
    connection = await asyncpg.connect(places.database)
    try:
        found = [
            [_lasting(json.loads(one["row"])) for one in await connection.fetch(sql, files.hospital)]
            for sql in (_LEDGER, _IMAGES, _OCCURRENCES)
        ]
    finally:
        await connection.close()
    return State(facets, await _blobs(places, files.digests), *found)


async def _blobs(places: Places, digests: set[str]) -> dict[str, str]:
    """The digest of each object that speaks of one of these files, by key."""
    async with s3_blobs(places.blobs) as store:
        keys = [blob.key async for blob in store.list("") if digest_in(blob.key) in digests]
        bodies = await gather_bounded(8, store.get, keys)
    return {key: hashlib.sha256(body).hexdigest() for key, body in zip(keys, bodies, strict=True)}


def _lasting(row: Row) -> Row:
    """Of ids and times, which each run gives out anew, only that they are there."""
    return {name: value is not None if _is_given_out(name) else value for name, value in row.items()}


def _is_given_out(name: str) -> bool:
    return name in _TIMES or (name.endswith("_id") and not name.endswith("_concept_id"))

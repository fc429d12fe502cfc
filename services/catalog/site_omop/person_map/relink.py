"""All images of one patient go to the person the site named, and whatever hangs on their studies goes with them."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

import asyncpg

from services.catalog.db import Connection, delete_unless_needed
from services.catalog.load.derive import settle
from services.catalog.omop.persons import own_persons, settle_persons
from services.catalog.omop.same_person import unite_persons

_TRIES = 5
_FIRST_PAUSE_SECONDS = 0.05
_MET = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)

# Where the patient's images are now: at the person that was made for it; at the one an earlier map named, or that
# another pseudonym stands for, with this one beside them.
_FROM = """
SELECT map.person_id, made.person_id AS made_id
FROM rcdm.person_map map LEFT JOIN cdm.person made ON made.person_source_value = person_key
WHERE person_key = $1 AND map.person_id IS DISTINCT FROM linked_person_id FOR UPDATE OF map
"""

_MOVE = """
UPDATE rcdm.radiology_image SET person_id = $2, person_key = $1
WHERE person_id = $3 AND person_key IS NULL OR person_key = $1
RETURNING radiology_occurrence_id, patient_key
"""

# Studies the images leave behind on the same day were looked at together with them.
_LEFT_BEHIND = """
SELECT DISTINCT other.radiology_occurrence_id FROM rcdm.radiology_occurrence moved
JOIN rcdm.radiology_occurrence other USING (person_id, radiology_occurrence_date)
WHERE moved.radiology_occurrence_id = ANY($1)
"""

_DONE = "UPDATE rcdm.person_map SET linked_person_id = person_id WHERE person_key = $1"

_UNSEEN = """
SELECT person_id FROM unnest($1::integer[]) AS person_id
WHERE NOT EXISTS (SELECT FROM rcdm.radiology_image image WHERE image.person_id = person_id.person_id)
    AND NOT EXISTS (SELECT FROM rcdm.radiology_occurrence study WHERE study.person_id = person_id.person_id)
    AND NOT EXISTS (SELECT FROM rcdm.site_person site WHERE site.person_id = person_id.person_id)
"""

_PERSON = (
    "DELETE FROM rcdm.radiology_quality WHERE person_id = $1",
    "DELETE FROM cdm.observation_period WHERE person_id = $1",
    "DELETE FROM cdm.person WHERE person_id = $1",
)


@dataclass(frozen=True)
class Relinked:
    """What one patient's move took along; `removed`: the person made from DICOM is no longer there."""

    images: int = 0
    studies: Collection[int] = ()
    removed: bool = False


async def relink(connection: Connection, person_key: str) -> Relinked:
    """In one transaction of its own; done before, it does nothing."""
    for attempt in range(_TRIES):
        try:
            async with connection.transaction():
                return await _relink(connection, person_key)
        except _MET:
            if attempt == _TRIES - 1:
                raise
        await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2**attempt)
    return Relinked()


async def _relink(connection: Connection, person_key: str) -> Relinked:
    await own_persons(connection)
    place = await connection.fetchrow(_FROM, person_key)
    if place is None:
        return Relinked()
    person_id, made = place
    rows = await connection.fetch(_MOVE, person_key, person_id, made)
    united = await unite_persons(connection, {row[1] for row in rows if row[1]})
    studies = {row[0] for row in rows} | united.studies
    if studies:
        beside = await connection.fetch(_LEFT_BEHIND, sorted(studies))
        await settle(connection, sorted({row[0] for row in beside}))
    removed = made is not None and await remove_person(connection, made)
    await settle_persons(connection, sorted(united.persons - {made}), [], [])
    await remove_unseen(connection, united.left - {made})
    await connection.execute(_DONE, person_key)
    return Relinked(len(rows), studies, removed)


async def remove_unseen(connection: Connection, person_ids: Collection[int]) -> set[int]:
    """Those made from DICOM of whom no image is left; returns who is still there."""
    unseen = [row[0] for row in await connection.fetch(_UNSEEN, sorted(person_ids))]
    for person_id in unseen:
        await remove_person(connection, person_id)
    return set(person_ids) - set(unseen)


async def remove_person(connection: Connection, made: int) -> bool:
    """One made from DICOM; whether it is gone."""
    return await delete_unless_needed(connection, _PERSON, made)

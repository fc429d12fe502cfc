"""A map is kept first, so that studies to come follow it; then patients that are there move, one after the other."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import asyncpg

from chassis.db.database import Database
from chassis.errors import Conflict
from chassis.secrets import SiteKeys
from services.catalog.db import Connection
from services.catalog.site_omop.dump.load import LOCK
from services.catalog.site_omop.person_map.read import MapLine
from services.catalog.site_omop.person_map.relink import relink
from services.catalog.site_omop.site_key import check_key

Progress = Callable[[str, int, int], None]

_RESOLVE = """
SELECT line, person_id FROM unnest($1::integer[], $2::integer[], $3::text[]) AS said (line, id, source_value)
JOIN cdm.person ON person_id = id OR person_source_value = source_value JOIN rcdm.site_person USING (person_id)
"""

_KEEP = """
INSERT INTO rcdm.person_map AS known (person_key, person_id) SELECT * FROM unnest($1::text[], $2::integer[])
ON CONFLICT (person_key) DO UPDATE SET person_id = excluded.person_id, mapped_at = now()
WHERE known.person_id <> excluded.person_id
"""

_TO_DO = "SELECT person_key FROM rcdm.person_map WHERE person_id IS DISTINCT FROM linked_person_id ORDER BY 1"

_WOULD_MOVE = """
WITH to_do AS (
    SELECT person_key, made.person_id AS made_id
    FROM rcdm.person_map map LEFT JOIN cdm.person made ON person_source_value = person_key
    WHERE map.person_id IS DISTINCT FROM linked_person_id
), moving AS (
    SELECT to_do.person_key, radiology_occurrence_id FROM to_do JOIN rcdm.radiology_image image
        ON image.person_id = made_id AND image.person_key IS NULL
    UNION ALL
    SELECT to_do.person_key, radiology_occurrence_id FROM to_do JOIN rcdm.radiology_image image USING (person_key)
)
SELECT count(*) AS images, count(DISTINCT radiology_occurrence_id) AS studies, count(DISTINCT person_key) AS patients,
    (SELECT count(made_id) FROM to_do) AS removed
FROM moving
"""


@dataclass(frozen=True)
class Applied:
    """`unknown` lines name nobody who was loaded; `changed` ones said something new; the rest is what moved."""

    lines: int
    unknown: Sequence[int]
    changed: int
    patients: int
    studies: int
    images: int
    removed: int


async def apply_map(
    database: Database, keys: SiteKeys, lines: Sequence[MapLine], dry_run: bool, progress: Progress = lambda *_: None
) -> Applied:
    """Stopped in the middle, the same call goes on where it was. Raises Conflict, SettingsError."""
    async with AsyncExitStack() as stack:
        connection = await asyncpg.connect(database.dsn, server_settings={"statement_timeout": "0", "timezone": "UTC"})
        stack.push_async_callback(connection.close)
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            raise Conflict("Another dump or map is being loaded; wait until that has ended.")
        await check_key(connection, keys)
        return await (_try_out(connection, lines) if dry_run else _apply(connection, lines, progress))


async def _apply(connection: Connection, lines: Sequence[MapLine], progress: Progress) -> Applied:
    async with connection.transaction():
        unknown, changed = await _keep(connection, lines)
    to_do = [row[0] for row in await connection.fetch(_TO_DO)]
    patients, images, removed, studies = 0, 0, 0, set[int]()
    for done, key in enumerate(to_do, start=1):
        moved = await relink(connection, key)
        studies.update(moved.studies)
        patients, images, removed = patients + bool(moved.images), images + moved.images, removed + moved.removed
        progress("patients", done, len(to_do))
    return Applied(len(lines), unknown, changed, patients, len(studies), images, removed)


async def _try_out(connection: Connection, lines: Sequence[MapLine]) -> Applied:
    transaction = connection.transaction()
    await transaction.start()
    try:
        unknown, changed = await _keep(connection, lines)
        row = await connection.fetchrow(_WOULD_MOVE)
    finally:
        await transaction.rollback()
    assert row is not None
    return Applied(len(lines), unknown, changed, row["patients"], row["studies"], row["images"], row["removed"])


async def _keep(connection: Connection, lines: Sequence[MapLine]) -> tuple[list[int], int]:
    """The lines that name nobody, and how many of the others said something new."""
    numbers = [one.line for one in lines]
    ids, source_values = [one.person_id for one in lines], [one.source_value for one in lines]
    found = dict(await connection.fetch(_RESOLVE, numbers, ids, source_values))
    known = [one for one in lines if one.line in found]
    told = await connection.execute(_KEEP, [one.person_key for one in known], [found[one.line] for one in known])
    return [line for line in numbers if line not in found], int(told.split()[-1])

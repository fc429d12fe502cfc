"""The periodic task behind searchable tags: reads older headers, removes values of tags that were taken back.

What is to do and how far it got stands in the tables, each step in one transaction: a killed process loses a step. It
also reads older images for measures that rows did not keep then.
"""

from typing import Any

import asyncpg

from chassis.aio import Rounds
from chassis.db.database import Database
from chassis.messaging.consumer import may_pass
from services.catalog.db import Connection
from services.catalog.load.batches import next_studies
from services.catalog.load.groups import keep_kinds
from services.catalog.tags.values import add_values

POLL_SECONDS = 5.0
STEP_IMAGES = 5000
_STEP_ROWS = 20_000
_STEP_SECONDS = 600  # for one study of very many images

# One process at a time has a tag; those who write images are not in its way.
_TAG = """
SELECT * FROM rcdm.radiology_searchable_tag WHERE state = 'INDEXING'
ORDER BY searchable_tag_id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""
# What began when the tag was still there, a search or a write, ends within a minute.
_REMOVED = """
SELECT searchable_tag_id FROM rcdm.radiology_searchable_tag
WHERE state = 'REMOVING' AND removed_at < clock_timestamp() - interval '1 minute' LIMIT 1 FOR UPDATE SKIP LOCKED
"""


def _measure(element: str) -> str:
    """As imaging.fields reads it: from the first frame's own groups, else those of all frames, else the header."""
    places = (
        *(f'$."{groups}".Value[0].*.Value[0]."{element}".Value[0]' for groups in ("52009230", "52009229")),
        f'$."{element}".Value[0]',
    )
    said = ", ".join(f"jsonb_path_query_first(tags, '{place}')" for place in places)
    number = "'$.double() ? (@ > 0)', '{}', true"
    return f"(jsonb_path_query_first(coalesce({said}), {number}))::double precision"


# A field above 100 was written in gauss.
_MEASURES = f"""
UPDATE rcdm.radiology_image image
SET kvp = said.kvp, magnetic_field_strength = CASE WHEN field > 100 THEN field / 10000 ELSE field END
FROM (
    SELECT image_id, {_measure("00180060")} AS kvp, {_measure("00180087")} AS field
    FROM rcdm.radiology_image WHERE radiology_occurrence_id = ANY($1)
) AS said
WHERE image.image_id = said.image_id AND (said.kvp IS NOT NULL OR field IS NOT NULL)
"""


async def measure_step(connection: Connection, enough_images: int) -> bool:
    """Some studies, in the caller's transaction. Whether there was something to do; one process at a time does it."""
    place = await connection.fetchrow("SELECT * FROM rcdm.radiology_measuring FOR UPDATE SKIP LOCKED")
    if place is None:
        return False
    ids = await next_studies(connection, place["last_occurrence_id"], place["until_occurrence_id"], enough_images)
    if not ids:
        await connection.execute("DELETE FROM rcdm.radiology_measuring")
        return True
    await connection.execute(_MEASURES, ids)
    await keep_kinds(connection, ids)
    await connection.execute("UPDATE rcdm.radiology_measuring SET last_occurrence_id = $1", ids[-1])
    return True


class SearchIndexer:
    """Several processes may have one each. A step ends with the study that makes its images enough."""

    def __init__(self, database: Database, step_images: int = STEP_IMAGES) -> None:
        self._database, self._step_images = database, step_images
        self._rounds = Rounds("catalog", "indexer", POLL_SECONDS, self._work, _may_pass)
        self.wake, self.run = self._rounds.wake, self._rounds.run

    async def _work(self) -> None:
        while await self.step():
            pass

    async def step(self) -> bool:
        """Some thousand images, or rows of what was taken back. Whether there was something to do."""
        async with self._database.pool.acquire() as connection, connection.transaction():
            await connection.execute(f"SET LOCAL statement_timeout = '{_STEP_SECONDS}s'")
            if await measure_step(connection, self._step_images):
                return True
            tag = await connection.fetchrow(_TAG)
            if tag is not None:
                await _index(connection, tag, self._step_images)
                return True
            removed = await connection.fetchval(_REMOVED)
            if removed is not None:
                await _remove(connection, removed)
            return removed is not None


def _may_pass(error: BaseException) -> bool:
    """Also where somebody wrote a last value of what was taken back; the step is done again."""
    return may_pass(error) or isinstance(error, asyncpg.ForeignKeyViolationError)


async def _index(connection: Connection, tag: Any, step_images: int) -> None:
    # While we read a study nobody writes it: else a value that was replaced meanwhile would stay.
    ids = await next_studies(connection, tag["last_occurrence_id"], tag["until_occurrence_id"], step_images)
    if not ids:
        await connection.execute("ANALYZE rcdm.radiology_tag_value")  # the planner knows how rare a value is
        await connection.execute(
            "UPDATE rcdm.radiology_searchable_tag SET state = 'READY', ready_at = clock_timestamp()"
            " WHERE searchable_tag_id = $1", tag["searchable_tag_id"],
        )  # fmt: skip
        return
    images = await connection.fetch(
        "SELECT image_id FROM rcdm.radiology_image WHERE radiology_occurrence_id = ANY($1)", ids
    )
    await add_values(connection, [row["image_id"] for row in images], [tag["searchable_tag_id"]])
    await connection.execute(
        "UPDATE rcdm.radiology_searchable_tag SET last_occurrence_id = $2, images_done = images_done + $3"
        " WHERE searchable_tag_id = $1", tag["searchable_tag_id"], ids[-1], len(images),
    )  # fmt: skip


async def _remove(connection: Connection, tag_id: int) -> None:
    gone = 0
    for table in ("radiology_tag_value", "radiology_tag_problem"):
        done = await connection.execute(
            f"DELETE FROM rcdm.{table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM rcdm.{table}"
            f" WHERE searchable_tag_id = $1 LIMIT {_STEP_ROWS}))", tag_id,
        )  # fmt: skip
        gone += int(done.removeprefix("DELETE "))
    if not gone:
        await connection.execute("DELETE FROM rcdm.radiology_searchable_tag WHERE searchable_tag_id = $1", tag_id)

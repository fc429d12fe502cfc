"""Which tags are searchable: made so, listed, taken back."""

from typing import Any

import asyncpg

from cdm.query.access import Scope
from cdm.query.tags import holds_numbers, tag_condition
from chassis.db.database import Database
from chassis.errors import BadRequest, Conflict, NotFound, Unavailable
from chassis.http.paging import Page, read_number, write_cursor
from services.catalog.db import change_searchable_tags
from services.catalog.tags.models import SearchableTag, TagError

COUNTED_EXACTLY = 10_000  # an element that is rubbish everywhere is not worth more
MOST_TAGS = 64  # every one of them is looked for in every image that is written
_SEEN = """
SELECT problem.* FROM rcdm.radiology_tag_problem problem
JOIN rcdm.radiology_image image USING (image_id) JOIN rcdm.radiology_hospital hospital USING (radiology_hospital_id)
WHERE ($1::text[] IS NULL OR hospital.text = ANY($1))
"""
_ITEMS = f"""
SELECT searchable_tag_id, keyword, state, made_by, made_at, ready_at,
    CASE WHEN state = 'READY' OR images_total = 0 THEN 1
         ELSE round(least(1.0, images_done::numeric / images_total), 4) END AS progress,
    (SELECT count(*) FROM (
        {_SEEN} AND problem.searchable_tag_id = tag.searchable_tag_id LIMIT {COUNTED_EXACTLY}
    ) AS seen)::integer AS errors
FROM rcdm.radiology_searchable_tag tag WHERE state <> 'REMOVING'
"""


async def make_searchable(database: Database, keyword: str, maker: str) -> bool:
    """Whether it was not so before. Raises BadRequest for what cannot be searched for, Conflict, Unavailable."""
    try:
        element = tag_condition(keyword).key
    except ValueError as error:
        raise BadRequest(f"{error}.", parameter="keyword") from None
    try:
        async with database.pool.acquire() as connection, connection.transaction():
            await change_searchable_tags(connection)
            return await _insert(connection, keyword, element, maker)
    except asyncpg.QueryCanceledError as error:
        raise Unavailable("Images are being written; try again shortly.") from error


async def _insert(connection: Any, keyword: str, element: str, maker: str) -> bool:
    tags = "SELECT array_agg(element::text) FROM rcdm.radiology_searchable_tag WHERE state <> 'REMOVING'"
    there = await connection.fetchval(tags) or []
    if element in there:
        return False
    if len(there) >= MOST_TAGS:
        raise Conflict(f"{MOST_TAGS} tags are searchable already; take one back first.", limit=MOST_TAGS)
    await connection.execute(
        "INSERT INTO rcdm.radiology_searchable_tag (keyword, element, is_number, made_by, images_total,"
        " until_occurrence_id) SELECT $1, $2, $3, $4, coalesce(sum(image_total_count), 0),"
        " coalesce(max(radiology_occurrence_id), 0) FROM rcdm.radiology_occurrence",
        keyword, element, holds_numbers(keyword), maker,
    )  # fmt: skip
    return True


async def list_tags(database: Database, hospitals: Scope) -> Page[SearchableTag]:
    """By keyword; there are few."""
    rows = await database.pool.fetch(f"{_ITEMS} ORDER BY keyword", hospitals)
    return Page(items=[SearchableTag.model_validate(dict(row)) for row in rows], total=len(rows))


async def find_tag(database: Database, keyword: str, hospitals: Scope) -> SearchableTag:
    """Raises NotFound."""
    row = await database.pool.fetchrow(f"{_ITEMS} AND keyword = $2", hospitals, keyword)
    if row is None:
        raise NotFound(f"{keyword} was not made searchable; tag={keyword} finds it all the same, only more slowly.")
    return SearchableTag.model_validate(dict(row))


async def errors_of(
    database: Database, keyword: str, hospitals: Scope, limit: int, cursor: str | None
) -> Page[TagError]:
    """By image. Raises NotFound."""
    total = (await find_tag(database, keyword, hospitals)).errors
    rows = await database.pool.fetch(
        f"SELECT seen.image_id, sop_instance_uid, detail FROM ({_SEEN}) AS seen"
        " JOIN rcdm.radiology_searchable_tag tag USING (searchable_tag_id) JOIN rcdm.radiology_image USING (image_id)"
        " WHERE keyword = $2 AND state <> 'REMOVING' AND image_id > $3 ORDER BY image_id LIMIT $4",
        hospitals, keyword, read_number(cursor, 0), limit + 1,
    )  # fmt: skip
    items = [TagError.model_validate(dict(row)) for row in rows[:limit]]
    following = write_cursor([items[-1].image_id]) if len(rows) > limit else None
    return Page(items=items, next=following, total=total, total_is_estimate=total >= COUNTED_EXACTLY)


async def take_back(database: Database, keyword: str) -> None:
    """Searches for it read headers from now on; the job removes what was kept. Raises NotFound, Unavailable."""
    try:
        changed = await database.pool.execute(
            "UPDATE rcdm.radiology_searchable_tag SET state = 'REMOVING', removed_at = clock_timestamp()"
            " WHERE keyword = $1 AND state <> 'REMOVING'", keyword,
        )  # fmt: skip
    except asyncpg.QueryCanceledError as error:
        raise Unavailable("Its job is in a long step; try again shortly.") from error
    if changed == "UPDATE 0":
        raise NotFound(f"{keyword} was not made searchable.")

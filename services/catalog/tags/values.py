"""The values of searchable tags, once for each study, and the images whose value is no number where one belongs.

cdm/query/tags.py compares them: of every value its text, composed and in lower case, and its number. An element
without values leaves a row without both.
"""

from collections.abc import Collection, Sequence
from typing import Any

from services.catalog.db import Connection, see_searchable_tags

_ADD = """
WITH said AS MATERIALIZED (
    SELECT tag.searchable_tag_id, image.radiology_occurrence_id, image.image_id, tag.keyword, tag.is_number,
        place, item #>> '{}' AS value,
        CASE WHEN tag.is_number THEN jsonb_path_query_first(item, '$.double()', '{}', true)::numeric END AS number
    FROM rcdm.radiology_image image
    JOIN rcdm.radiology_searchable_tag tag ON image.tags ? tag.element
    LEFT JOIN LATERAL jsonb_path_query(image.tags -> tag.element -> 'Value', '$[*]')
        WITH ORDINALITY AS each (item, place) ON true
    WHERE image.image_id = ANY($1) AND tag.searchable_tag_id = ANY($2)
), told AS (
    INSERT INTO rcdm.radiology_tag_problem (searchable_tag_id, image_id, detail)
    SELECT searchable_tag_id, image_id, format('Value %s of %s is no number.', min(place), min(keyword))
    FROM said WHERE is_number AND number IS NULL AND trim(value) <> '' GROUP BY searchable_tag_id, image_id
    ON CONFLICT DO NOTHING
)
INSERT INTO rcdm.radiology_tag_value (searchable_tag_id, radiology_occurrence_id, value, number)
SELECT searchable_tag_id, radiology_occurrence_id, lower(normalize(value)), number FROM said
EXCEPT SELECT searchable_tag_id, radiology_occurrence_id, value, number FROM rcdm.radiology_tag_value
    WHERE radiology_occurrence_id IN (SELECT radiology_occurrence_id FROM said) AND searchable_tag_id = ANY($2)
"""
_TAGS = "SELECT searchable_tag_id FROM rcdm.radiology_searchable_tag WHERE state <> 'REMOVING'"
_FORGET = """
WITH forgotten AS (DELETE FROM rcdm.radiology_tag_value WHERE radiology_occurrence_id = ANY($1))
DELETE FROM rcdm.radiology_tag_problem problem USING rcdm.radiology_image image
WHERE problem.image_id = image.image_id AND image.radiology_occurrence_id = ANY($1)
"""
_IMAGES = """
SELECT image_id FROM rcdm.radiology_image WHERE radiology_occurrence_id = ANY($1)
UNION SELECT image_id FROM rcdm.radiology_image JOIN unnest($2::text[], $3::integer[]) AS fresh (sop, hospital)
    ON sop_instance_uid = sop AND radiology_hospital_id = hospital
"""


async def add_values(connection: Connection, image_ids: Sequence[int], tag_ids: Sequence[int]) -> None:
    """Of these images; what is there already is left alone. The studies have to be locked."""
    await connection.execute(_ADD, image_ids, tag_ids)


async def keep_values(
    connection: Connection, fresh: Sequence[tuple[Any, ...]], changed_studies: Collection[int]
) -> None:
    """Of images that were written (SOP Instance UID, hospital) their values are searchable at once.

    A study of which an image says something else than before is read again as a whole.
    """
    await see_searchable_tags(connection)
    tag_ids = [row["searchable_tag_id"] for row in await connection.fetch(_TAGS)]
    if not tag_ids:
        return
    again = sorted(set(changed_studies))
    if again:
        await connection.execute(_FORGET, again)
    images = await connection.fetch(_IMAGES, again, [sop for sop, _ in fresh], [hospital for _, hospital in fresh])
    await add_values(connection, [row["image_id"] for row in images], tag_ids)

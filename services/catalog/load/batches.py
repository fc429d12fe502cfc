"""Jobs that go through all studies take some at a time, and nobody else writes these meanwhile."""

from services.catalog.db import Connection
from services.catalog.load.write import lock_studies

_MOST_STUDIES = 200
_STUDIES = """
SELECT radiology_occurrence_id, study_instance_uid, text AS hospital FROM (
    SELECT *, sum(image_total_count) OVER (ORDER BY radiology_occurrence_id) - image_total_count AS before FROM (
        SELECT * FROM rcdm.radiology_occurrence WHERE radiology_occurrence_id > $1 AND radiology_occurrence_id <= $2
        ORDER BY radiology_occurrence_id LIMIT $3
    ) AS next
) AS study JOIN rcdm.radiology_hospital USING (radiology_hospital_id)
WHERE before < $4 ORDER BY radiology_occurrence_id
"""


async def next_studies(connection: Connection, after: int, until: int, enough_images: int) -> list[int]:
    """Locked until the transaction ends: the following ones, up to that whose images are enough; none at the end."""
    studies = await connection.fetch(_STUDIES, after, until, _MOST_STUDIES, enough_images)
    await lock_studies(connection, {(row["hospital"], row["study_instance_uid"]) for row in studies})
    return [row["radiology_occurrence_id"] for row in studies]

"""What came of reading images again: replaced, or buried on the way and left as they were."""

from collections.abc import Sequence

from chassis.db.database import Database
from chassis.messaging.ports import Record
from chassis.messaging.topics import instance_of_dead_letter
from services.catalog.db import Connection

_FAILED = """
WITH gone AS (
    DELETE FROM rcdm.reextraction_image waiting USING rcdm.radiology_image image, rcdm.radiology_hospital hospital,
        unnest($1::text[], $2::text[]) AS buried (sop, hospital)
    WHERE waiting.image_id = image.image_id AND sent_at IS NOT NULL AND image.sop_instance_uid = buried.sop
        AND hospital.radiology_hospital_id = coalesce(image.said_hospital_id, image.radiology_hospital_id)
        AND hospital.text = buried.hospital
    RETURNING waiting.reextraction_id
)
UPDATE rcdm.reextraction request SET failed = failed + counted.images
FROM (SELECT reextraction_id, count(*) AS images FROM gone GROUP BY 1) AS counted
WHERE request.reextraction_id = counted.reextraction_id
"""


async def note_replaced(connection: Connection, image_ids: Sequence[int]) -> None:
    """In the transaction that replaces their rows."""
    await connection.execute("DELETE FROM rcdm.reextraction_image WHERE image_id = ANY($1)", image_ids)


async def note_buried(database: Database, records: Sequence[Record]) -> None:
    """What was buried stays as it was read before; told twice it counts once."""
    buried = [instance for instance in map(instance_of_dead_letter, records) if instance is not None]
    if buried:
        await database.pool.execute(_FAILED, [one.sop_instance_uid for one in buried], [one.hospital for one in buried])

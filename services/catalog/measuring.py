"""Images that were there before their kVp, field strength and kinds were kept are read for them, step by step."""

from services.catalog.kinds import keep_kinds
from services.catalog.lookups import Connection
from services.catalog.steps import next_studies


def _measure(element: str) -> str:
    """As imaging/fields.py reads it: from the first frame's own groups, else those of all frames, else the header."""
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

"""Records of studies that were deleted are left out, however late they come."""

from collections.abc import Sequence
from typing import Any

from services.catalog.lookups import Connection
from services.catalog.records import ImageRecord

_TOMBSTONES = """
SELECT study_instance_uid, unnest(hospitals) AS hospital, lifted_at IS NOT NULL AS is_lifted, purged_at
FROM rcdm.radiology_deletion WHERE study_instance_uid = ANY($1)
"""


async def without_deleted(connection: Connection, records: Sequence[ImageRecord]) -> list[ImageRecord]:
    """Those whose study stands, or may come again and was received after everything of it was gone.

    Shared with who deletes by `share_persons`, which has to be called before.
    """
    rows = await connection.fetch(_TOMBSTONES, sorted({record.study_uid for record in records}))
    if not rows:
        return list(records)
    return [record for record in records if not any(_covers(row, record) for row in rows)]


def _covers(tomb: Any, record: ImageRecord) -> bool:
    if (record.study_uid, record.hospital) != (tomb["study_instance_uid"], tomb["hospital"]):
        return False
    return not tomb["is_lifted"] or record.received_at <= tomb["purged_at"]

"""Only regular volumes: images of stacks with a gap, a tilt or no place are held back as `geometry`."""

import asyncio
from typing import Any

from cohort.stacks import STACK_COLUMNS, series_stacks

# Of what would be in the version: slices that the query leaves out leave a gap.
_STACKS = f"""
SELECT image.radiology_occurrence_id, image.series_instance_uid, member.frames, {STACK_COLUMNS}
FROM (SELECT image_id, array_agg(frame) AS frames FROM export.member WHERE version_id = $1 GROUP BY 1) member
JOIN rcdm.radiology_image image USING (image_id)
ORDER BY image.radiology_occurrence_id, image.series_instance_uid
"""
_MOVE = """
WITH gone AS (DELETE FROM export.member WHERE version_id = $1 AND image_id = ANY($2::bigint[])
              RETURNING image_id, sop_instance_uid)
INSERT INTO export.exclusion (version_id, image_id, sop_instance_uid, reason)
SELECT DISTINCT $1::bigint, image_id, sop_instance_uid, 'geometry' FROM gone
"""
_PREFETCH = 2000


async def hold_back_irregular(driver: Any, version_id: int, *, whole: bool) -> None:
    """Moves members of which a frame is in no regular volume to the exclusions. `whole`: a member is a whole object."""
    rows: list[Any] = []
    irregular: list[int] = []
    async for row in driver.cursor(_STACKS, version_id, prefetch=_PREFETCH):
        if rows and _series(row) != _series(rows[0]):
            irregular += await asyncio.to_thread(_irregular, rows, whole)
            rows = []
        rows.append(row)
    irregular += await asyncio.to_thread(_irregular, rows, whole)
    await driver.execute(_MOVE, version_id, irregular)


def _series(row: Any) -> tuple[int, str]:
    return row["radiology_occurrence_id"], row["series_instance_uid"]


def _irregular(rows: list[Any], whole: bool) -> list[int]:
    """The images of a series of which something is in no regular volume, or is there twice."""
    ids = {row["sop_instance_uid"]: row["image_id"] for row in rows}
    frames = None if whole else {row["image_id"]: set(row["frames"]) for row in rows}
    stacks = series_stacks(rows, frames)
    slices = [one for stack in stacks for one in (stack.repeated if stack.is_regular else stack.slices)]
    return sorted({ids[one.sop_uid] for one in slices})

"""Only regular volumes: images of stacks with a gap, a tilt or two orientations are held back as `geometry`."""

from typing import Any

from cohort.stacks import STACK_COLUMNS, stack_geometry

# Of what would be in the version: slices that the query leaves out leave a gap.
_STACKS = f"""
SELECT DISTINCT image.image_id, image.radiology_occurrence_id, image.series_instance_uid, image.phase_group,
    {", ".join(f"image.{name}" for name in STACK_COLUMNS)}
FROM export.member JOIN rcdm.radiology_image image USING (image_id)
WHERE version_id = $1 AND image.number_of_frames <= 1
ORDER BY image.radiology_occurrence_id, image.series_instance_uid, image.phase_group
"""
_MOVE = """
WITH gone AS (DELETE FROM export.member WHERE version_id = $1 AND image_id = ANY($2::bigint[])
              RETURNING image_id, sop_instance_uid)
INSERT INTO export.exclusion (version_id, image_id, sop_instance_uid, reason)
SELECT DISTINCT $1::bigint, image_id, sop_instance_uid, 'geometry' FROM gone
"""
_PREFETCH = 2000


async def hold_back_irregular(driver: Any, version_id: int) -> None:
    """Moves members of irregular stacks to the exclusions. Objects of several frames are not looked at."""
    rows: list[Any] = []
    irregular: list[int] = []
    async for row in driver.cursor(_STACKS, version_id, prefetch=_PREFETCH):
        if rows and _stack(row) != _stack(rows[0]):
            irregular += _if_irregular(rows)
            rows = []
        rows.append(row)
    irregular += _if_irregular(rows)
    await driver.execute(_MOVE, version_id, irregular)


def _stack(row: Any) -> tuple[int, str, str]:
    return row["radiology_occurrence_id"], row["series_instance_uid"], row["phase_group"]


def _if_irregular(rows: list[Any]) -> list[int]:
    """The images of a stack that is no volume, else none."""
    return [] if stack_geometry(rows).is_regular else [row["image_id"] for row in rows]

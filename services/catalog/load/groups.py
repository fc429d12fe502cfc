"""Groups computed from other rows: the image groups of a study, and the examination (person and day) of a study."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from services.catalog.db import Connection

_SAME_DAY = """
SELECT DISTINCT study.radiology_occurrence_id, study.person_id, study.radiology_occurrence_date
FROM rcdm.radiology_occurrence given JOIN rcdm.radiology_occurrence study
    USING (person_id, radiology_occurrence_date)
WHERE given.radiology_occurrence_id = ANY($1) ORDER BY 1
"""

_FORGET = "DELETE FROM rcdm.radiology_image_kind WHERE radiology_occurrence_id = ANY($1)"


async def same_days(connection: Connection, occurrence_ids: Iterable[int]) -> list[list[int]]:
    """The occurrences given and those of the same person and day, one list for each person and day, in steady order.

    A scanner may close a study in the middle of an examination, and de-identification may cut one in two.
    """
    days: dict[tuple[object, object], list[int]] = defaultdict(list)
    for study, person, day in await connection.fetch(_SAME_DAY, sorted(set(occurrence_ids))):
        days[person, day].append(study)
    return sorted(days.values())


_ADD = """
INSERT INTO rcdm.radiology_image_kind (radiology_occurrence_id, image_plane, image_phase, sequence_kind, pixel_spacing,
    image_slice_thickness, kvp, magnetic_field_strength)
SELECT DISTINCT radiology_occurrence_id, plane, image_phase, sequence_kind, pixel_spacing,
    image_slice_thickness, kvp, magnetic_field_strength
FROM rcdm.radiology_image CROSS JOIN LATERAL unnest(
    CASE WHEN plane_source = 'CORRECTED' OR frame_planes IS NULL THEN ARRAY[image_plane] ELSE frame_planes END
) AS plane WHERE radiology_occurrence_id = ANY($1)
"""


async def keep_kinds(connection: Connection, occurrence_ids: Sequence[int]) -> None:
    """From the images as they are now; the studies have to be locked."""
    await connection.execute(_FORGET, occurrence_ids)
    await connection.execute(_ADD, occurrence_ids)

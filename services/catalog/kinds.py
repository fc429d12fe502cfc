"""The kinds of images a study has: what filters ask of one image, once for all that are alike in it."""

from collections.abc import Sequence

from services.catalog.lookups import Connection

_FORGET = "DELETE FROM rcdm.radiology_image_kind WHERE radiology_occurrence_id = ANY($1)"
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

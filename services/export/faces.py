"""Series from which a face could be rebuilt: thin slices of the head (PS3.15 E.3.2, reliability E14).

They are counted and told, not altered: removing faces would alter what the images are for.
"""

from typing import Any

# Thicker or fewer slices show no face that somebody would know.
_THICKEST_MM = 3
_FEWEST_SLICES = 30
_HEAD = (
    r"\m(head|brain|skull|face|facial|cranium|cranial|neuro|orbits?|sinus(es)?|paranasal|pituitary|sella|mandible|"
    r"maxilla|teeth|dental|jaw|temporal|iac)\M|두부|뇌|안면|부비동|악골"
)
_SERIES = r"""
SELECT count(*) AS series, count(DISTINCT person_key) AS persons
FROM (
    SELECT member.person_key
    FROM (SELECT DISTINCT person_key, image_id FROM export.member WHERE version_id = $1) member
    JOIN rcdm.radiology_image image USING (image_id)
    WHERE upper(image.modality) IN ('CT', 'MR') AND image.image_slice_thickness <= $2
    AND concat_ws(' ', image.body_part, translate(image.series_description, '_^-', '   ')) ~* $4
    GROUP BY member.person_key, image.radiology_occurrence_id, image.series_instance_uid
    HAVING sum(greatest(image.number_of_frames, 1)) >= $3
) heads
"""


async def recognizable_faces(driver: Any, version_id: int) -> dict[str, int]:
    """How many series of how many persons."""
    return dict(await driver.fetchrow(_SERIES, version_id, _THICKEST_MM, _FEWEST_SLICES, _HEAD))

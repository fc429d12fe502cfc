"""What a version was made with, written down when it is frozen, and its series from which a face could be rebuilt.

Thin slices of the head (PS3.15 E.3.2, reliability E14) are counted and reported, not altered: removing faces would
alter what the images are for.
"""

import json
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


# The rules of plane and phase, the lexicon and the vocabulary as they had been applied; and the version before.
_SAID = """
SELECT ARRAY(SELECT DISTINCT mapping_version FROM rcdm.radiology_occurrence
             WHERE radiology_occurrence_id IN (SELECT radiology_occurrence_id FROM rcdm.radiology_image
                 JOIN export.member USING (image_id) WHERE member.version_id = $1)
             AND mapping_version IS NOT NULL ORDER BY 1) AS mappings,
    (SELECT vocabulary_version FROM cdm.vocabulary WHERE vocabulary_id = 'None') AS vocabulary,
    (SELECT version FROM export.version earlier WHERE earlier.name = version.name
     AND earlier.number < version.number AND earlier.state IN ('ready', 'building', 'waiting')
     ORDER BY number DESC LIMIT 1) AS previous
FROM export.version WHERE version_id = $1
"""


async def note_made_with(driver: Any, version_id: int) -> None:
    said = {**await driver.fetchrow(_SAID, version_id)}
    said["recognizable_faces"] = await recognizable_faces(driver, version_id)
    await driver.execute("UPDATE export.version SET made_with = $2 WHERE version_id = $1", version_id, json.dumps(said))

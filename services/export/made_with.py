"""What a version is made with and comes after, written down when it is frozen: tomorrow it may be something newer."""

import json
from typing import Any

from services.export.faces import recognizable_faces

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

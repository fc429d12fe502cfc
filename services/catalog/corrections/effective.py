"""What holds of all corrections of a study: of each value the last one that was not undone.

`settle` asks for it whenever an image comes or comes again, so a correction outlives whatever is said later; and what
would hold without it stays beside it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from pydantic_core import from_json

from cdm.query.images import CORRECTED
from chassis.errors import Conflict
from services.catalog.db import HOSPITAL, Connection, find_or_create
from services.catalog.omop.visits import make_care_sites

_REASON = "a person corrected it"

_TOUCHED = """
SELECT DISTINCT radiology_occurrence_id FROM rcdm.correction_target WHERE radiology_occurrence_id = ANY($1) ORDER BY 1
"""

# A series or a study that was corrected means its later images too; the original of a plane is that before all.
_APPLY = f"""
WITH said AS (
    SELECT image_id,
        (array_agg(said->>'plane' ORDER BY correction_id DESC) FILTER (WHERE said ? 'plane'))[1] AS plane,
        (array_agg(said->>'phase' ORDER BY correction_id DESC) FILTER (WHERE said ? 'phase'))[1] AS phase
    FROM rcdm.radiology_image image
    JOIN rcdm.correction_target target ON target.radiology_occurrence_id = image.radiology_occurrence_id
        AND (target.series_instance_uid IS NULL OR target.series_instance_uid = image.series_instance_uid)
        AND (target.sop_instance_uid IS NULL OR target.sop_instance_uid = image.sop_instance_uid)
    JOIN rcdm.correction USING (correction_id)
    WHERE image.radiology_occurrence_id = ANY($1) AND undone_at IS NULL GROUP BY image_id
), own AS (
    SELECT image_id, said.plane, said.phase, plane_source = '{CORRECTED}' AS is_corrected,
        CASE WHEN plane_source = '{CORRECTED}' THEN original_plane ELSE image_plane END AS own_plane,
        CASE WHEN plane_source = '{CORRECTED}' THEN original_plane_source ELSE plane_source END AS own_source,
        CASE WHEN plane_source = '{CORRECTED}' THEN original_plane_reason ELSE plane_reason END AS own_reason
    FROM rcdm.radiology_image image LEFT JOIN said USING (image_id)
    WHERE image.radiology_occurrence_id = ANY($1)
), new AS (
    SELECT image_id, phase, coalesce(plane, own_plane) AS plane,
        CASE WHEN plane IS NULL THEN own_source ELSE '{CORRECTED}' END AS source,
        CASE WHEN plane IS NULL THEN own_reason ELSE '{_REASON}' END AS reason,
        CASE WHEN plane IS NOT NULL THEN own_plane END AS first_plane,
        CASE WHEN plane IS NOT NULL THEN own_source END AS first_source,
        CASE WHEN plane IS NOT NULL THEN own_reason END AS first_reason
    FROM own
)
UPDATE rcdm.radiology_image image
SET image_plane = plane, plane_source = source, plane_reason = reason, original_plane = first_plane,
    original_plane_source = first_source, original_plane_reason = first_reason, corrected_phase = phase
FROM new WHERE image.image_id = new.image_id
    AND (image_plane, plane_source, plane_reason, original_plane, original_plane_source, original_plane_reason,
         corrected_phase)
        IS DISTINCT FROM (plane, source, reason, first_plane, first_source, first_reason, phase)
"""

_OF_STUDIES = """
SELECT radiology_occurrence_id, said, radiology_condition_id FROM rcdm.correction_target
JOIN rcdm.correction USING (correction_id)
WHERE radiology_occurrence_id = ANY($1) AND target = 'occurrence' AND undone_at IS NULL ORDER BY correction_id
"""

_ORIGINALS = """
UPDATE rcdm.radiology_occurrence study SET original_values = originals
FROM (
    SELECT new.id, coalesce(jsonb_object_agg(field, value) FILTER (WHERE said ? field), '{}') || (
            SELECT coalesce(jsonb_object_agg('hospital', hospital.text), '{}')
            FROM rcdm.radiology_occurrence moved
            JOIN rcdm.radiology_hospital hospital ON hospital.radiology_hospital_id = said_hospital_id
            WHERE moved.radiology_occurrence_id = new.id) AS originals
    FROM unnest($1::bigint[], $2::text[], $3::integer[]) AS new (id, protocol, condition_id)
    LEFT JOIN rcdm.radiology_condition ON radiology_condition_id = condition_id
    CROSS JOIN LATERAL (VALUES ('protocol', to_jsonb(protocol)), ('condition', CASE WHEN condition_id IS NOT NULL THEN
        jsonb_build_object('text', source_text, 'code', source_code, 'vocabulary', source_vocabulary_id) END)
    ) AS known (field, value)
    LEFT JOIN (rcdm.correction_target target JOIN rcdm.correction USING (correction_id))
        ON target.radiology_occurrence_id = new.id AND undone_at IS NULL AND correction.target = 'occurrence'
    GROUP BY new.id
) AS new
WHERE radiology_occurrence_id = new.id AND original_values IS DISTINCT FROM originals
"""

_HOSPITALS = """
SELECT study.radiology_occurrence_id, coalesce(said_hospital_id, radiology_hospital_id) AS said_id,
    (SELECT said->>'hospital' FROM rcdm.correction_target target JOIN rcdm.correction USING (correction_id)
     WHERE target.radiology_occurrence_id = study.radiology_occurrence_id AND said ? 'hospital' AND undone_at IS NULL
     ORDER BY correction_id DESC LIMIT 1) AS name
FROM rcdm.radiology_occurrence study WHERE radiology_occurrence_id = ANY($1) ORDER BY 1
"""

# Of images that were uploaded under the name the study moved to later news would not find the way back.
_STRANDED = """
SELECT radiology_occurrence_id FROM unnest($1::bigint[], $2::integer[], $3::integer[]) AS new (id, hospital, said)
JOIN rcdm.radiology_image ON radiology_occurrence_id = id
WHERE coalesce(said_hospital_id, radiology_hospital_id) NOT IN (hospital, said) ORDER BY 1 LIMIT 1
"""

_MOVE = (
    "UPDATE rcdm.radiology_occurrence SET radiology_hospital_id = new.hospital,"
    " said_hospital_id = nullif(new.said, new.hospital)"
    " FROM unnest($1::bigint[], $2::integer[], $3::integer[]) AS new (id, hospital, said)"
    " WHERE radiology_occurrence_id = id",
    "UPDATE rcdm.radiology_image image SET radiology_hospital_id = new.hospital,"
    " said_hospital_id = nullif(coalesce(said_hospital_id, radiology_hospital_id), new.hospital)"
    " FROM unnest($1::bigint[], $2::integer[]) AS new (id, hospital) WHERE radiology_occurrence_id = id",
    "UPDATE cdm.visit_occurrence visit SET care_site_id = hospital.care_site_id FROM rcdm.radiology_occurrence study"
    " JOIN rcdm.radiology_hospital hospital USING (radiology_hospital_id)"
    " WHERE study.radiology_occurrence_id = ANY($1) AND visit.visit_occurrence_id = study.visit_occurrence_id",
)


async def apply_to_images(connection: Connection, occurrence_ids: Sequence[int]) -> None:
    """Planes as they were corrected, or as they were before; `corrected_phase` where a phase was."""
    touched = [row[0] for row in await connection.fetch(_TOUCHED, occurrence_ids)]
    if touched:
        await connection.execute(_APPLY, touched)


async def corrected_values(connection: Connection, occurrence_ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
    """By occurrence, what people said instead: `protocol` its text, `condition` its id; None: there is none."""
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for occurrence_id, said, condition_id in await connection.fetch(_OF_STUDIES, occurrence_ids):
        values = from_json(said)
        if "protocol" in values:
            found[occurrence_id]["protocol"] = values["protocol"]
        if "condition" in values:
            found[occurrence_id]["condition"] = condition_id
    return found


async def keep_originals(connection: Connection, said: Mapping[int, tuple[str | None, int | None]]) -> None:
    """What would hold of each study without its corrections; `said`: the protocol and the condition's id."""
    touched = [row[0] for row in await connection.fetch(_TOUCHED, list(said))]
    if touched:
        protocols, conditions = [said[one][0] for one in touched], [said[one][1] for one in touched]
        await connection.execute(_ORIGINALS, touched, protocols, conditions)


async def move_between_hospitals(connection: Connection, occurrence_ids: Sequence[int]) -> None:
    """Every study to the hospital that holds.

    Raises Conflict when that one has this study or an image of it already, and when images of the study were uploaded
    under the name of the hospital it would leave.
    The person stays: a pseudonym was made from what the upload said.
    """
    rows = await connection.fetch(_HOSPITALS, occurrence_ids)
    ids = await find_or_create(connection, HOSPITAL, {(row["name"],) for row in rows if row["name"] is not None})
    await make_care_sites(connection, list(ids.values()))
    studies, said = [row["radiology_occurrence_id"] for row in rows], [row["said_id"] for row in rows]
    hospitals = [ids.get((row["name"],), row["said_id"]) for row in rows]
    stranded = await connection.fetchval(_STRANDED, studies, hospitals, said)
    if stranded is not None:
        raise Conflict(
            "Images of this study were uploaded under the hospital it was moved to: it cannot leave that one.",
            radiology_occurrence_id=stranded,
        )
    try:
        await connection.execute(_MOVE[0], studies, hospitals, said)
        await connection.execute(_MOVE[1], studies, hospitals)
    except asyncpg.UniqueViolationError:
        raise Conflict(
            "That hospital has one of these studies, or an image of one, already: correct one study after the other."
        ) from None
    await connection.execute(_MOVE[2], studies)

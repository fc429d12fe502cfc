"""An approved diagnosis of a study is a condition_occurrence for each of its concepts; nothing else is one.

That a concept is a condition was checked when it was approved; a later vocabulary takes nothing back.
"""

from collections.abc import Sequence

from services.catalog.db import Connection
from services.catalog.omop.visits import EHR_RECORD

_WANTED = """
SELECT study.radiology_occurrence_id, target.condition_concept_id, study.person_id,
    study.radiology_occurrence_date AS day, study.radiology_occurrence_datetime AS moment, study.visit_occurrence_id,
    left(coalesce(nullif(said.source_code, ''), said.source_text), 50) AS source_value,
    said.condition_source_concept_id AS source_concept_id
FROM rcdm.radiology_occurrence study
JOIN rcdm.radiology_condition said USING (radiology_condition_id)
JOIN rcdm.radiology_condition_target target USING (radiology_condition_id)
WHERE study.radiology_occurrence_id = ANY($1) AND said.mapping_status = 'APPROVED'
"""

_FORGET = f"""
WITH wanted AS ({_WANTED}), unlinked AS (
    DELETE FROM rcdm.radiology_condition_link link WHERE radiology_occurrence_id = ANY($1) AND NOT EXISTS (
        SELECT FROM wanted WHERE wanted.radiology_occurrence_id = link.radiology_occurrence_id
            AND wanted.condition_concept_id = link.condition_concept_id)
    RETURNING condition_occurrence_id
)
SELECT array_agg(condition_occurrence_id) FROM unlinked
"""

_ADD = f"""
WITH wanted AS ({_WANTED}), missing AS (
    SELECT wanted.*, nextval(pg_get_serial_sequence('cdm.condition_occurrence', 'condition_occurrence_id'))::integer
        AS new_id
    FROM wanted WHERE NOT EXISTS (
        SELECT FROM rcdm.radiology_condition_link link
        WHERE wanted.radiology_occurrence_id = link.radiology_occurrence_id
            AND wanted.condition_concept_id = link.condition_concept_id)
), made AS (
    INSERT INTO cdm.condition_occurrence (condition_occurrence_id, person_id, condition_concept_id,
        condition_start_date, condition_type_concept_id)
    SELECT new_id, person_id, condition_concept_id, day, {EHR_RECORD} FROM missing
)
INSERT INTO rcdm.radiology_condition_link (radiology_occurrence_id, condition_concept_id, condition_occurrence_id)
SELECT radiology_occurrence_id, condition_concept_id, new_id FROM missing
"""

_FOLLOW = f"""
UPDATE cdm.condition_occurrence made
SET person_id = wanted.person_id, condition_start_date = day, condition_start_datetime = moment,
    visit_occurrence_id = wanted.visit_occurrence_id, condition_source_value = source_value,
    condition_source_concept_id = source_concept_id
FROM ({_WANTED}) AS wanted JOIN rcdm.radiology_condition_link link USING (radiology_occurrence_id, condition_concept_id)
WHERE made.condition_occurrence_id = link.condition_occurrence_id
    AND (made.person_id, condition_start_date, condition_start_datetime, made.visit_occurrence_id,
         condition_source_value, condition_source_concept_id) IS DISTINCT FROM
        (wanted.person_id, day, moment, wanted.visit_occurrence_id, source_value, source_concept_id)
"""

# The study itself names the first of them.
_POINT = """
UPDATE rcdm.radiology_occurrence study SET condition_occurrence_id = first
FROM (
    SELECT given.id, (SELECT min(condition_occurrence_id) FROM rcdm.radiology_condition_link
                      WHERE radiology_occurrence_id = given.id) AS first
    FROM unnest($1::bigint[]) AS given (id)
) AS linked
WHERE radiology_occurrence_id = linked.id AND study.condition_occurrence_id IS DISTINCT FROM first
"""


async def link_conditions(connection: Connection, occurrence_ids: Sequence[int]) -> None:
    """Rows that are missing are made, those that no longer hold are removed, the others follow their study."""
    gone = await connection.fetchval(_FORGET, occurrence_ids)
    await connection.execute(_ADD, occurrence_ids)
    await connection.execute(_FOLLOW, occurrence_ids)
    await connection.execute(_POINT, occurrence_ids)
    if gone:
        await connection.execute("DELETE FROM cdm.condition_occurrence WHERE condition_occurrence_id = ANY($1)", gone)

"""Approved diagnoses are rows of cdm.source_to_concept_map, where programs that fill an OMOP database look.

Their source_vocabulary_id begins with `rcdm`; rows of other vocabularies are the site's own and never touched.
"""

from collections.abc import Sequence

from services.catalog.db import Connection

_OF_SAID = (
    "rcdm.map_code(said.source_text, said.source_code)",
    "rcdm.map_vocabulary_id(said.source_code, said.source_vocabulary_id)",
)
_KEYS = f"""
SELECT DISTINCT {_OF_SAID[0]} AS code, {_OF_SAID[1]} AS vocabulary FROM rcdm.radiology_condition said
WHERE radiology_condition_id = ANY($1)
"""

# Two diagnoses with the same code are approved one after the other: the second sees what the first said.
_LOCK = f"""
SELECT pg_advisory_xact_lock(hashtextextended(code || chr(31) || vocabulary, 12))
FROM (SELECT * FROM ({_KEYS}) AS keys ORDER BY 1, 2) AS in_order
"""

_WRITE = f"""
WITH keys AS ({_KEYS}), gone AS (
    DELETE FROM cdm.source_to_concept_map map USING keys
    WHERE map.source_code = keys.code AND map.source_vocabulary_id = keys.vocabulary
)
INSERT INTO cdm.source_to_concept_map (source_code, source_concept_id, source_vocabulary_id, source_code_description,
    target_concept_id, target_vocabulary_id, valid_start_date, valid_end_date)
SELECT DISTINCT ON (1, 3, 5) code, condition_source_concept_id, vocabulary, left(source_text, 255),
    target.condition_concept_id, 'SNOMED', mapped_at::date, DATE '2099-12-31'
FROM keys JOIN rcdm.radiology_condition said ON {_OF_SAID[0]} = code AND {_OF_SAID[1]} = vocabulary
JOIN rcdm.radiology_condition_target target USING (radiology_condition_id)
WHERE said.mapping_status = 'APPROVED'
ORDER BY 1, 3, 5, mapped_at, radiology_condition_id
"""


async def mirror(connection: Connection, condition_ids: Sequence[int]) -> None:
    """In the caller's transaction: what is approved of these diagnoses, and of others with their codes."""
    await connection.execute(_LOCK, condition_ids)
    await connection.execute(_WRITE, condition_ids)

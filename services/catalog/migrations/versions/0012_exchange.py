"""Approved diagnoses as rows of cdm.source_to_concept_map, under names that tell them from the site's own."""

from alembic import op

revision = "catalog_0012"
down_revision = "catalog_0011"

# What stands there for a diagnosis without a code: the text, or, when it is too long, its MD5.
_NAMES = """
CREATE FUNCTION rcdm.map_code(source_text text, source_code text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN source_code <> '' THEN source_code WHEN length(source_text) <= 50 THEN source_text
    ELSE md5(source_text) END;

CREATE FUNCTION rcdm.map_vocabulary_id(source_code text, source_vocabulary_id text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN source_code = '' OR source_vocabulary_id = '' THEN 'rcdm'
    ELSE left('rcdm ' || source_vocabulary_id, 20) END;

CREATE INDEX radiology_condition_by_map_code ON rcdm.radiology_condition
    (rcdm.map_code(source_text, source_code), rcdm.map_vocabulary_id(source_code, source_vocabulary_id))
"""

_FILL = """
INSERT INTO cdm.source_to_concept_map (source_code, source_concept_id, source_vocabulary_id, source_code_description,
    target_concept_id, target_vocabulary_id, valid_start_date, valid_end_date)
SELECT DISTINCT ON (1, 3, 5) rcdm.map_code(source_text, source_code), condition_source_concept_id,
    rcdm.map_vocabulary_id(source_code, source_vocabulary_id), left(source_text, 255), target.condition_concept_id,
    'SNOMED', coalesce(mapped_at, now())::date, DATE '2099-12-31'
FROM rcdm.radiology_condition said JOIN rcdm.radiology_condition_target target USING (radiology_condition_id)
WHERE mapping_status = 'APPROVED'
ORDER BY 1, 3, 5, mapped_at, radiology_condition_id
"""


def upgrade() -> None:
    """Makes functions and the index; what was approved before is in the map, too."""
    for statement in _NAMES.split(";\n\n"):
        op.execute(statement)
    op.execute(_FILL)

"""What diagnoses were mapped to, by whom and when; and the condition_occurrence rows that follow from it."""

from alembic import op

revision = "catalog_0007"
down_revision = "catalog_0006"

# A code can map to several concepts: radiology_condition holds the first, this all of them.
_TABLES = """
CREATE TABLE rcdm.radiology_condition_target (
    radiology_condition_id integer NOT NULL REFERENCES rcdm.radiology_condition,
    condition_concept_id integer NOT NULL CHECK (condition_concept_id <> 0),
    PRIMARY KEY (radiology_condition_id, condition_concept_id)
);

CREATE INDEX radiology_condition_target_by_concept ON rcdm.radiology_condition_target (condition_concept_id);

ALTER TABLE rcdm.radiology_condition ADD mapping_revision integer NOT NULL DEFAULT 0;

CREATE INDEX radiology_condition_by_status ON rcdm.radiology_condition (mapping_status);

CREATE INDEX radiology_condition_by_text ON rcdm.radiology_condition (md5(lower(source_text)));

CREATE TABLE rcdm.radiology_condition_change (
    radiology_condition_id integer NOT NULL REFERENCES rcdm.radiology_condition,
    mapping_revision integer NOT NULL,
    changed_by text NOT NULL, changed_at timestamptz NOT NULL DEFAULT now(),
    before jsonb NOT NULL, after jsonb NOT NULL,
    PRIMARY KEY (radiology_condition_id, mapping_revision)
);

CREATE TABLE rcdm.radiology_condition_link (
    radiology_occurrence_id bigint NOT NULL REFERENCES rcdm.radiology_occurrence,
    condition_concept_id integer NOT NULL,
    condition_occurrence_id integer NOT NULL UNIQUE REFERENCES cdm.condition_occurrence,
    PRIMARY KEY (radiology_occurrence_id, condition_concept_id)
)
"""

# How names are compared: composed, in lower case, with single spaces. Immutable, so that an index can hold it.
_NAME_KEY = """
CREATE FUNCTION rcdm.name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(regexp_replace(trim(normalize(name, NFC)), '\\s+', ' ', 'g'))
"""

_NAME_INDICES = """
CREATE INDEX concept_by_name ON cdm.concept (md5(rcdm.name_key(concept_name)));

CREATE INDEX concept_synonym_by_name ON cdm.concept_synonym (md5(rcdm.name_key(concept_synonym_name)));

CREATE INDEX concept_by_code ON cdm.concept (vocabulary_id, concept_code)
"""


def upgrade() -> None:
    """Makes tables and indices."""
    for statement in _TABLES.split(";\n"):
        op.execute(statement)
    op.execute(_NAME_KEY)
    for statement in _NAME_INDICES.split(";\n"):
        op.execute(statement)

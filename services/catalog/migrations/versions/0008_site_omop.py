"""Rows of a site's own OMOP CDM beside ours, who of its persons a DICOM patient is, and all that had to be assumed."""

from alembic import op

revision = "catalog_0008"
down_revision = "catalog_0007"

# Tables in which we make rows. Sites number theirs from 1, so ours start where a site's rarely come.
_OURS = (
    "care_site", "person", "visit_occurrence", "procedure_occurrence", "condition_occurrence", "observation_period",
)  # fmt: skip
_FIRST_ID = 1_000_000_001

# A row of ours whose number a site needs gives way: what points to it follows (docs/decisions/0014).
_FOLLOW = f"""
DO $$ DECLARE key record; BEGIN
    FOR key IN
        SELECT conrelid::regclass AS holder, conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
        WHERE contype = 'f' AND confupdtype = 'a' AND confrelid = ANY (ARRAY[
            {", ".join(f"'cdm.{table}'::regclass" for table in _OURS)}])
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', key.holder, key.conname);
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s ON UPDATE CASCADE', key.holder, key.conname,
            key.definition);
    END LOOP;
END $$
"""

# A site's persons may have several observation periods; a map may come before anything else.
_TABLES = """
DROP INDEX cdm.observation_period_once;

CREATE INDEX idx_observation_period_person_id ON cdm.observation_period (person_id);

CREATE TABLE rcdm.site_person (
    person_id integer PRIMARY KEY REFERENCES cdm.person ON UPDATE CASCADE
);

CREATE TABLE rcdm.person_map (
    person_key varchar(50) PRIMARY KEY, person_id integer NOT NULL REFERENCES rcdm.site_person ON UPDATE CASCADE,
    linked_person_id integer REFERENCES cdm.person ON UPDATE CASCADE,
    mapped_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX person_map_to_do ON rcdm.person_map (person_key) WHERE person_id IS DISTINCT FROM linked_person_id;

CREATE INDEX person_map_by_person ON rcdm.person_map (person_id);

CREATE INDEX person_map_by_linked_person ON rcdm.person_map (linked_person_id);

ALTER TABLE rcdm.radiology_image ADD person_key varchar(50);

CREATE TABLE rcdm.study_observation_period (
    observation_period_id integer PRIMARY KEY REFERENCES cdm.observation_period ON UPDATE CASCADE ON DELETE CASCADE
)
"""

# What follows from the rows themselves is not written down a second time.
_QUALITY = """
CREATE VIEW rcdm.quality AS
SELECT assumption, person_id, radiology_occurrence_id FROM rcdm.radiology_quality
UNION ALL
SELECT 'PERSON_FROM_DICOM', person_id, NULL FROM cdm.person
WHERE NOT EXISTS (SELECT FROM rcdm.site_person site WHERE site.person_id = person.person_id)
UNION ALL
SELECT 'SEX_UNKNOWN', person_id, NULL FROM cdm.person
WHERE gender_concept_id = 0 AND NOT EXISTS (SELECT FROM rcdm.site_person site WHERE site.person_id = person.person_id)
UNION ALL
SELECT 'VISIT_MADE', NULL, radiology_occurrence_id FROM rcdm.radiology_occurrence WHERE visit_occurrence_id IS NOT NULL
UNION ALL
SELECT 'OUTSIDE_OBSERVATION', NULL, study.radiology_occurrence_id
FROM rcdm.study_observation_period JOIN cdm.observation_period period USING (observation_period_id)
JOIN rcdm.radiology_occurrence study
    ON study.person_id = period.person_id AND radiology_occurrence_date = observation_period_start_date
UNION ALL
SELECT 'SEX_DIFFERS', NULL, study.radiology_occurrence_id
FROM rcdm.site_person JOIN cdm.person USING (person_id) JOIN rcdm.radiology_occurrence study USING (person_id)
WHERE (gender_concept_id, person_sex) IN ((8507, 'F'), (8532, 'M'))
UNION ALL
SELECT 'BIRTH_YEAR_DIFFERS', NULL, study.radiology_occurrence_id
FROM rcdm.site_person JOIN cdm.person USING (person_id) JOIN rcdm.radiology_occurrence study USING (person_id)
WHERE person_birth_year <> year_of_birth
"""


def upgrade() -> None:
    """Makes tables and view; rows that are there keep their numbers."""
    op.execute(_FOLLOW)
    for statement in _TABLES.split(";\n"):
        op.execute(statement)
    for table in _OURS:
        op.execute(f"ALTER TABLE cdm.{table} ALTER {table}_id SET START {_FIRST_ID} RESTART")
    op.execute(_QUALITY)

"""Which images name the same PatientID, with which birth date; side of the body, view, and an image's own class."""

from alembic import op

revision = "catalog_0019"
down_revision = "catalog_0018"

# Images of before lack the keys until they are extracted again: they stay with the person they were given.
_COLUMNS = """
ALTER TABLE rcdm.radiology_image
    ADD patient_key varchar(50), ADD birth_key varchar(20), ADD person_placeholder boolean NOT NULL DEFAULT false,
    ADD laterality varchar(1), ADD view_position text, ADD own_image_type_class text;

CREATE INDEX radiology_image_by_patient ON rcdm.radiology_image (patient_key) WHERE patient_key IS NOT NULL;

CREATE INDEX radiology_image_by_person_key ON rcdm.radiology_image (person_key) WHERE person_key IS NOT NULL;

ALTER TABLE rcdm.radiology_quality DROP CONSTRAINT radiology_quality_assumption_check;

ALTER TABLE rcdm.radiology_quality ADD CONSTRAINT radiology_quality_assumption_check CHECK (assumption IN (
    'BIRTH_YEAR_FROM_AGE', 'BIRTH_YEAR_FROM_STUDY', 'NO_PATIENT_ID', 'NO_STUDY_DATE', 'SEVERAL_PERSONS',
    'PLACEHOLDER_ID', 'ISSUERS_DIFFER', 'BIRTH_DATES_DIFFER', 'SAME_ID_APART', 'UID_ASSIGNED'))
"""


def upgrade() -> None:
    """Adds columns and indexes; no row is rewritten."""
    for statement in _COLUMNS.split(";\n"):
        op.execute(statement)

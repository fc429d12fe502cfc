"""The Medical Imaging CDM as views: a row of image_occurrence for each series, of image_feature for each of its phases.

Columns as published by the OHDSI medical imaging workgroup. The id of a series is that of its first image, the id of a
feature that of the first image of this series and phase: both stay as long as the image does. DICOMweb retrieval has
no address yet, so `wadors_uri` is null; what a phase says about a finding is nothing, so the finding is 0.
"""

from alembic import op

revision = "catalog_0006"
down_revision = "catalog_0005"

_EHR = 32817  # the OMOP type concept "EHR"

_OCCURRENCE = """
CREATE VIEW mi_cdm.image_occurrence AS
SELECT series.image_occurrence_id, study.person_id, study.visit_occurrence_id, study.procedure_occurrence_id,
    NULL::text AS wadors_uri, study.radiology_dirpath AS local_path,
    study.radiology_occurrence_date AS image_occurrence_date,
    study.study_instance_uid::varchar(250) AS "image_study_UID",
    series.series_instance_uid::varchar(250) AS "image_series_UID",
    coalesce(modality.concept_id, 0) AS modality_concept_id, study.anatomic_site_concept_id
FROM (
    SELECT radiology_occurrence_id, series_instance_uid, min(image_id) AS image_occurrence_id, min(modality) AS modality
    FROM rcdm.radiology_image GROUP BY radiology_occurrence_id, series_instance_uid
) AS series
JOIN rcdm.radiology_occurrence study USING (radiology_occurrence_id)
LEFT JOIN rcdm.radiology_modality modality ON modality.text = series.modality
"""

_FEATURE = f"""
CREATE VIEW mi_cdm.image_feature AS
SELECT phase.image_feature_id, study.person_id,
    min(phase.image_feature_id) OVER (PARTITION BY radiology_occurrence_id, phase.series_instance_uid)
        AS image_occurrence_id,
    phase.concept_id AS image_feature_concept_id, {_EHR} AS image_feature_type_concept_id,
    NULL::integer AS image_feature_event_field_concept_id, NULL::integer AS image_feature_event_id,
    0 AS image_finding_concept_id, 0 AS image_finding_id, study.anatomic_site_concept_id,
    study.mapping_version AS alg_system, phase.extracted_at::timestamp AS alg_datetime
FROM (
    SELECT radiology_occurrence_id, series_instance_uid, image_phase, min(image_id) AS image_feature_id,
        max(image_phase_concept_id) AS concept_id, max(extracted_at) AT TIME ZONE 'UTC' AS extracted_at
    FROM rcdm.radiology_image GROUP BY radiology_occurrence_id, series_instance_uid, image_phase
) AS phase
JOIN rcdm.radiology_occurrence study USING (radiology_occurrence_id)
"""


def upgrade() -> None:
    """Makes the views."""
    op.execute("CREATE SCHEMA IF NOT EXISTS mi_cdm")
    op.execute(_OCCURRENCE)
    op.execute(_FEATURE)

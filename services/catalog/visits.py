"""The care site OMOP wants for each hospital, and the visit and procedure for each study, on its person and date."""

from collections.abc import Sequence

from services.catalog.lookups import Connection

EHR_RECORD = 32817  # the OMOP type concept "EHR"

_MAKE_CARE_SITES = """
WITH missing AS (
    SELECT radiology_hospital_id, text,
        nextval(pg_get_serial_sequence('cdm.care_site', 'care_site_id'))::integer AS new_id
    FROM rcdm.radiology_hospital WHERE radiology_hospital_id = ANY($1) AND care_site_id IS NULL
    ORDER BY radiology_hospital_id FOR UPDATE
), made AS (
    INSERT INTO cdm.care_site (care_site_id, care_site_name, care_site_source_value)
    SELECT new_id, text, left(text, 50) FROM missing
)
UPDATE rcdm.radiology_hospital hospital SET care_site_id = new_id
FROM missing WHERE missing.radiology_hospital_id = hospital.radiology_hospital_id
"""

_MAKE_VISITS = """
WITH missing AS (
    SELECT radiology_occurrence_id, person_id, radiology_occurrence_date AS day, care_site_id,
        nextval(pg_get_serial_sequence('cdm.visit_occurrence', 'visit_occurrence_id'))::integer AS new_id
    FROM rcdm.radiology_occurrence JOIN rcdm.radiology_hospital USING (radiology_hospital_id)
    WHERE radiology_occurrence_id = ANY($1) AND visit_occurrence_id IS NULL
), made AS (
    INSERT INTO cdm.visit_occurrence (visit_occurrence_id, person_id, visit_concept_id, visit_start_date,
        visit_end_date, visit_type_concept_id, care_site_id)
    SELECT new_id, person_id, 0, day, day, $2::integer, care_site_id FROM missing
)
UPDATE rcdm.radiology_occurrence occurrence SET visit_occurrence_id = new_id
FROM missing WHERE missing.radiology_occurrence_id = occurrence.radiology_occurrence_id
"""

_MAKE_PROCEDURES = """
WITH missing AS (
    SELECT radiology_occurrence_id, person_id, radiology_occurrence_date AS day, visit_occurrence_id,
        nextval(pg_get_serial_sequence('cdm.procedure_occurrence', 'procedure_occurrence_id'))::integer AS new_id
    FROM rcdm.radiology_occurrence WHERE radiology_occurrence_id = ANY($1) AND procedure_occurrence_id IS NULL
), made AS (
    INSERT INTO cdm.procedure_occurrence (procedure_occurrence_id, person_id, procedure_concept_id, procedure_date,
        procedure_type_concept_id, visit_occurrence_id)
    SELECT new_id, person_id, 0, day, $2::integer, visit_occurrence_id FROM missing
)
UPDATE rcdm.radiology_occurrence occurrence SET procedure_occurrence_id = new_id
FROM missing WHERE missing.radiology_occurrence_id = occurrence.radiology_occurrence_id
"""

_FOLLOW_VISITS = """
UPDATE cdm.visit_occurrence visit
SET person_id = study.person_id, visit_start_date = radiology_occurrence_date,
    visit_start_datetime = radiology_occurrence_datetime, visit_end_date = radiology_occurrence_date
FROM rcdm.radiology_occurrence study
WHERE study.radiology_occurrence_id = ANY($1) AND study.visit_occurrence_id = visit.visit_occurrence_id
    AND (visit.person_id, visit_start_date, visit_start_datetime, visit_end_date) IS DISTINCT FROM
        (study.person_id, radiology_occurrence_date, radiology_occurrence_datetime, radiology_occurrence_date)
"""

# The procedure is part of the site's visit that covers its day, the shortest of them; else of the one made for it.
_FOLLOW_PROCEDURES = """
UPDATE cdm.procedure_occurrence made
SET person_id = study.person_id, procedure_date = radiology_occurrence_date,
    procedure_datetime = radiology_occurrence_datetime, procedure_source_value = left(study_description, 50),
    visit_occurrence_id = in_visit
FROM (
    SELECT *, coalesce((
        SELECT visit.visit_occurrence_id FROM cdm.visit_occurrence visit JOIN rcdm.site_person USING (person_id)
        WHERE visit.person_id = own.person_id
            AND radiology_occurrence_date BETWEEN visit_start_date AND visit_end_date
            AND NOT EXISTS (SELECT FROM rcdm.radiology_occurrence made_for
                            WHERE made_for.person_id = own.person_id
                                AND made_for.visit_occurrence_id = visit.visit_occurrence_id)
        ORDER BY visit_end_date - visit_start_date, visit.visit_occurrence_id LIMIT 1
    ), own.visit_occurrence_id) AS in_visit
    FROM rcdm.radiology_occurrence own WHERE own.radiology_occurrence_id = ANY($1)
) AS study
WHERE study.procedure_occurrence_id = made.procedure_occurrence_id
    AND (made.person_id, procedure_date, procedure_datetime, procedure_source_value, made.visit_occurrence_id)
        IS DISTINCT FROM (study.person_id, radiology_occurrence_date, radiology_occurrence_datetime,
            left(study_description, 50), in_visit)
"""


async def make_care_sites(connection: Connection, hospital_ids: Sequence[int]) -> None:
    """One care site for each hospital."""
    await connection.execute(_MAKE_CARE_SITES, sorted(hospital_ids))


async def settle_visits(connection: Connection, occurrence_ids: Sequence[int]) -> None:
    """One visit and one procedure for each study, on its date."""
    await connection.execute(_MAKE_VISITS, occurrence_ids, EHR_RECORD)
    await connection.execute(_MAKE_PROCEDURES, occurrence_ids, EHR_RECORD)
    await connection.execute(_FOLLOW_VISITS, occurrence_ids)
    await connection.execute(_FOLLOW_PROCEDURES, occurrence_ids)

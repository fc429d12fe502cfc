"""Care sites, visits, procedures and observation periods, as OMOP asks for each study."""

from collections.abc import Sequence
from datetime import date

from services.catalog.db import Connection

EHR_RECORD = 32817  # the OMOP type concept "EHR"

_MOVE = """
UPDATE cdm.observation_period period
SET observation_period_start_date = first_day, observation_period_end_date = last_day
FROM unnest($1::integer[], $2::date[], $3::date[]) AS new (id, first_day, last_day)
WHERE period.person_id = id AND (observation_period_start_date, observation_period_end_date)
    IS DISTINCT FROM (first_day, last_day)
"""

_MAKE = """
INSERT INTO cdm.observation_period (person_id, observation_period_start_date, observation_period_end_date,
    period_type_concept_id)
SELECT id, first_day, last_day, $4::integer
FROM unnest($1::integer[], $2::date[], $3::date[]) AS new (id, first_day, last_day)
WHERE NOT EXISTS (SELECT FROM cdm.observation_period period WHERE period.person_id = id)
"""


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


# Days on which a person of the site has a study and the site saw nobody.
_OUTSIDE = """
SELECT DISTINCT study.person_id, radiology_occurrence_date AS day FROM rcdm.radiology_occurrence study
WHERE study.person_id = ANY($1) AND NOT EXISTS (
    SELECT FROM cdm.observation_period period WHERE period.person_id = study.person_id
        AND radiology_occurrence_date BETWEEN observation_period_start_date AND observation_period_end_date
        AND NOT EXISTS (SELECT FROM rcdm.study_observation_period made
                        WHERE made.observation_period_id = period.observation_period_id))
"""


_FORGET_DAYS = f"""
DELETE FROM cdm.observation_period period USING rcdm.study_observation_period made
WHERE period.person_id = ANY($1) AND made.observation_period_id = period.observation_period_id
    AND NOT EXISTS (SELECT FROM ({_OUTSIDE}) AS outside
                    WHERE outside.person_id = period.person_id AND day = observation_period_start_date)
"""


_MAKE_DAYS = f"""
WITH made AS (
    INSERT INTO cdm.observation_period (person_id, observation_period_start_date, observation_period_end_date,
        period_type_concept_id)
    SELECT person_id, day, day, $2::integer FROM ({_OUTSIDE}) AS outside
    WHERE NOT EXISTS (
        SELECT FROM cdm.observation_period period JOIN rcdm.study_observation_period USING (observation_period_id)
        WHERE period.person_id = outside.person_id AND observation_period_start_date = day)
    RETURNING observation_period_id
)
INSERT INTO rcdm.study_observation_period SELECT observation_period_id FROM made
"""


async def observe_made(
    connection: Connection, person_ids: Sequence[int], first_days: Sequence[date], last_days: Sequence[date]
) -> None:
    """Persons made from DICOM, locked by the caller: one period, from the first study to the last."""
    await connection.execute(_MOVE, person_ids, first_days, last_days)
    await connection.execute(_MAKE, person_ids, first_days, last_days, EHR_RECORD)


async def observe_known(connection: Connection, person_ids: Sequence[int]) -> None:
    """Persons of the site: its periods stay as they are; a day outside of them gets one of its own."""
    if person_ids:
        await connection.execute(_FORGET_DAYS, person_ids)
        await connection.execute(_MAKE_DAYS, person_ids, EHR_RECORD)

"""Every study lies within an observation period of its person, as OMOP asks."""

from collections.abc import Sequence
from datetime import date

from services.catalog.lookups import Connection
from services.catalog.visits import EHR_RECORD

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

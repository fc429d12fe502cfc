"""All rows of a study go, and of the person, of whom nothing else is left, what was made from DICOM."""

from collections.abc import Sequence

from services.catalog.db import Connection, delete_unless_needed
from services.catalog.load.derive import settle
from services.catalog.load.groups import same_days
from services.catalog.omop.persons import settle_persons
from services.catalog.omop.same_person import unite_persons
from services.catalog.site_omop.person_map.relink import remove_unseen

_WHOSE = """
SELECT person_id, NULL AS key FROM rcdm.radiology_occurrence WHERE radiology_occurrence_id = $1
UNION SELECT DISTINCT image.person_id, coalesce(person_key, person_source_value)
FROM rcdm.radiology_image image JOIN cdm.person USING (person_id) WHERE radiology_occurrence_id = $1
"""

_PATIENTS = """
SELECT DISTINCT patient_key FROM rcdm.radiology_image WHERE radiology_occurrence_id = $1 AND patient_key IS NOT NULL
"""

_CONDITIONS = """
DELETE FROM rcdm.radiology_condition_link WHERE radiology_occurrence_id = $1 RETURNING condition_occurrence_id
"""

# The kinds, and the values and problems of searchable tags, go with their study and its images.
_ROWS = (
    "DELETE FROM rcdm.radiology_quality WHERE radiology_occurrence_id = $1",
    "DELETE FROM rcdm.correction_target WHERE radiology_occurrence_id = $1",
    "DELETE FROM rcdm.radiology_image WHERE radiology_occurrence_id = $1",
)

_STUDY = """
DELETE FROM rcdm.radiology_occurrence WHERE radiology_occurrence_id = $1
RETURNING procedure_occurrence_id, visit_occurrence_id
"""

_IDENTITIES = """
DELETE FROM vault.person_identity identity USING unnest($1::integer[], $2::text[]) AS gone (id, key)
WHERE identity.person_key = gone.key AND NOT EXISTS (
    SELECT FROM rcdm.radiology_image image JOIN cdm.person USING (person_id)
    WHERE image.person_id = gone.id AND coalesce(image.person_key, person_source_value) = gone.key)
"""


async def remove_study(connection: Connection, occurrence_id: int) -> None:
    """Nobody else may be writing images (`own_persons`). What followed from the study for others is computed again."""
    beside = sorted({one for day in await same_days(connection, [occurrence_id]) for one in day} - {occurrence_id})
    whose = await connection.fetch(_WHOSE, occurrence_id)
    patients = [row[0] for row in await connection.fetch(_PATIENTS, occurrence_id)]
    conditions = [row[0] for row in await connection.fetch(_CONDITIONS, occurrence_id)]
    for statement in _ROWS:
        await connection.execute(statement, occurrence_id)
    study = await connection.fetchrow(_STUDY, occurrence_id)
    assert study is not None, "the caller found it"
    await _remove(connection, "condition_occurrence", conditions)
    await _remove(connection, "procedure_occurrence", [study["procedure_occurrence_id"]])
    await _remove(connection, "visit_occurrence", [study["visit_occurrence_id"]])
    keys = [row for row in whose if row["key"] is not None]
    await connection.execute(_IDENTITIES, [row["person_id"] for row in keys], [row["key"] for row in keys])
    united = await unite_persons(connection, patients)
    if beside or united.studies:
        await settle(connection, {*beside, *united.studies})
    persons = await remove_unseen(connection, {row["person_id"] for row in whose} | united.left | united.persons)
    await settle_persons(connection, sorted(persons), [], [])


async def _remove(connection: Connection, table: str, ids: Sequence[int | None]) -> None:
    await delete_unless_needed(connection, [f"DELETE FROM cdm.{table} WHERE {table}_id = ANY($1)"], ids)

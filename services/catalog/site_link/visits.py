"""Studies that are there find the site's visits that were loaded after them: some studies at a time."""

from chassis.database import Database
from services.catalog.identifying import share_persons
from services.catalog.lookups import Connection
from services.catalog.omop.source import Progress
from services.catalog.transactions import in_transaction
from services.catalog.visits import settle_visits
from services.catalog.write import lock_studies

_STUDIES_AT_ONCE = 200
_NEXT = """
SELECT radiology_occurrence_id, study_instance_uid, text AS hospital
FROM rcdm.radiology_occurrence JOIN rcdm.site_person USING (person_id)
JOIN rcdm.radiology_hospital USING (radiology_hospital_id)
WHERE radiology_occurrence_id > $1 ORDER BY 1 LIMIT $2
"""
_COUNT = "SELECT count(*) FROM rcdm.radiology_occurrence JOIN rcdm.site_person USING (person_id)"
_IN_VISITS = """
SELECT count(*) FROM rcdm.radiology_occurrence study JOIN cdm.procedure_occurrence made USING (procedure_occurrence_id)
WHERE made.visit_occurrence_id <> study.visit_occurrence_id
"""


async def link_visits(database: Database, progress: Progress = lambda *_: None) -> int:
    """Returns how many studies lie in a visit of the site. Done again it changes nothing."""
    after, done, count = 0, 0, await database.pool.fetchval(_COUNT)
    while studies := await _step(database, after):
        after, done = studies[-1], done + len(studies)
        progress("visits", min(done, count), count)
    return int(await database.pool.fetchval(_IN_VISITS))


async def _step(database: Database, after: int) -> list[int]:
    async def step(connection: Connection) -> list[int]:
        await share_persons(connection)
        studies = await connection.fetch(_NEXT, after, _STUDIES_AT_ONCE)
        await lock_studies(connection, {(row["hospital"], row["study_instance_uid"]) for row in studies})
        ids = [row["radiology_occurrence_id"] for row in studies]
        await settle_visits(connection, ids)
        return ids

    return await in_transaction(database, step, is_patient=True)

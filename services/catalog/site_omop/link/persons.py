"""Which of the site's persons the patients are: by a person map, or by a person_source_value that is the PatientID.

Visits that were loaded later are linked to the studies that are there, some studies at a time.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chassis.db.database import Database
from chassis.secrets import SiteKeys
from services.catalog.db import Connection, in_transaction
from services.catalog.load.write import lock_studies
from services.catalog.omop.persons import share_persons
from services.catalog.omop.visits import settle_visits
from services.catalog.site_omop.dump.files import Progress
from services.catalog.site_omop.dump.load import Loaded
from services.catalog.site_omop.link.connection import Site
from services.catalog.site_omop.link.pull import pull, pull_visits
from services.catalog.site_omop.person_map.apply import Applied, apply_map
from services.catalog.site_omop.person_map.read import MapLine

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

_EVERY_PERSON = "SELECT person_id, person_source_value FROM person WHERE person_source_value IS NOT NULL"
_LINKED = "SELECT DISTINCT person_id FROM rcdm.person_map"
# Patients who have images: those that nobody linked, and those that somebody did.
_PATIENTS = """
SELECT person_source_value FROM cdm.person WHERE person_id NOT IN (SELECT person_id FROM rcdm.site_person)
UNION SELECT person_key FROM rcdm.person_map
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


@dataclass(frozen=True)
class Refreshed:
    """What came over, whose studies moved, and how many studies lie in a visit of the site."""

    persons: int
    loaded: Loaded | None
    applied: Applied
    visits: Loaded | None
    studies_in_visits: int


async def refresh(
    database: Database, keys: SiteKeys, site: Site, lines: Sequence[MapLine], progress: Callable[[str, int, int], None]
) -> Refreshed:
    """Persons that were linked before, and those that `lines` link now. Done again, it changes nothing."""
    lines = await _with_ids(site, keys, lines)
    linked = {row[0] for row in await database.pool.fetch(_LINKED)}
    wanted = linked | {one.person_id for one in lines if one.person_id is not None}
    loaded = await pull(database, keys, site, wanted, progress) if wanted else None
    applied = await apply_map(database, keys, lines, False, progress)
    # Only now it is known on which days these persons have studies.
    visits = await pull_visits(database, keys, site, wanted, progress) if wanted else None
    return Refreshed(len(wanted), loaded, applied, visits, await link_visits(database, progress))


async def by_patient_id(database: Database, keys: SiteKeys, site: Site, hospital: str) -> list[MapLine]:
    """A line for each patient of this hospital whose PatientID is the person_source_value of one person, no more."""
    patients = {row[0] for row in await database.pool.fetch(_PATIENTS)}
    found: dict[str, set[int]] = defaultdict(set)
    async for person_id, said in site.connection.cursor(_EVERY_PERSON, prefetch=5000):
        key = keys.pseudonym("person", hospital, said.strip())
        if key in patients:
            found[key].add(person_id)
    single = [(key, next(iter(ids))) for key, ids in found.items() if len(ids) == 1]
    return [MapLine(number, key, person_id, None) for number, (key, person_id) in enumerate(single, start=1)]


async def _with_ids(site: Site, keys: SiteKeys, lines: Sequence[MapLine]) -> Sequence[MapLine]:
    """A map may name a person by the name the site gave it, which nobody here knows but as a pseudonym."""
    named = {one.source_value for one in lines if one.source_value}
    ids: dict[str, set[int]] = defaultdict(set)
    if named:
        async for person_id, said in site.connection.cursor(_EVERY_PERSON, prefetch=5000):
            if (name := keys.pseudonym("site person", said)) in named:
                ids[name].add(person_id)
    # Whom several are called like is nobody that is known.
    single = {name: next(iter(found)) for name, found in ids.items() if len(found) == 1}
    return [replace(one, person_id=single.get(one.source_value)) if one.source_value else one for one in lines]

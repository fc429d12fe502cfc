"""Who of the site's persons the patients are: named by a map, or by a person_source_value that is the PatientID."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chassis.database import Database
from chassis.secrets import SiteKeys
from services.catalog.omop.load import Loaded
from services.catalog.person_map.apply import Applied, apply_map
from services.catalog.person_map.read import MapLine
from services.catalog.site_link.connection import Site
from services.catalog.site_link.pulling import pull

_EVERY_PERSON = "SELECT person_id, person_source_value FROM person WHERE person_source_value IS NOT NULL"
_LINKED = "SELECT DISTINCT person_id FROM rcdm.person_map"
# Patients who have images: those that nobody linked, and those that somebody did.
_PATIENTS = """
SELECT person_source_value FROM cdm.person WHERE person_id NOT IN (SELECT person_id FROM rcdm.site_person)
UNION SELECT person_key FROM rcdm.person_map
"""


@dataclass(frozen=True)
class Refreshed:
    """What came over, and whose studies moved."""

    persons: int
    loaded: Loaded | None
    applied: Applied


async def refresh(
    database: Database, keys: SiteKeys, site: Site, lines: Sequence[MapLine], progress: Callable[[str, int, int], None]
) -> Refreshed:
    """Persons that were linked before, and those that `lines` link now. Done again, it changes nothing."""
    lines = await _with_ids(site, keys, lines)
    linked = {row[0] for row in await database.pool.fetch(_LINKED)}
    wanted = linked | {one.person_id for one in lines if one.person_id is not None}
    loaded = await pull(database, keys, site, wanted, progress) if wanted else None
    return Refreshed(len(wanted), loaded, await apply_map(database, keys, lines, False, progress))


async def by_patient_id(database: Database, keys: SiteKeys, site: Site, hospital: str) -> list[MapLine]:
    """A line for each patient of this hospital whose PatientID is a person's person_source_value."""
    patients = {row[0] for row in await database.pool.fetch(_PATIENTS)}
    found: list[MapLine] = []
    async for person_id, said in site.connection.cursor(_EVERY_PERSON, prefetch=5000):
        key = keys.pseudonym("person", hospital, said.strip())
        if key in patients:
            found.append(MapLine(len(found) + 1, key, person_id, None))
    return found


async def _with_ids(site: Site, keys: SiteKeys, lines: Sequence[MapLine]) -> Sequence[MapLine]:
    """A map may name a person by the name the site gave it, which nobody here knows but as a pseudonym."""
    named = {one.source_value for one in lines if one.source_value}
    ids: dict[str | None, int] = {}
    if named:
        async for person_id, said in site.connection.cursor(_EVERY_PERSON, prefetch=5000):
            if (name := keys.pseudonym("site person", said)) in named:
                ids[name] = person_id
    return [replace(one, person_id=ids.get(one.source_value)) if one.source_value else one for one in lines]

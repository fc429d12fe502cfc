"""Who of the site's persons the patients are: named by a map, or by a person_source_value that is the PatientID."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chassis.database import Database
from chassis.secrets import SiteKeys
from services.catalog.omop.load import Loaded
from services.catalog.person_map.apply import Applied, apply_map
from services.catalog.person_map.read import MapLine
from services.catalog.site_link.connection import Site
from services.catalog.site_link.pulling import pull, pull_visits
from services.catalog.site_link.visits import link_visits

_EVERY_PERSON = "SELECT person_id, person_source_value FROM person WHERE person_source_value IS NOT NULL"
_LINKED = "SELECT DISTINCT person_id FROM rcdm.person_map"
# Patients who have images: those that nobody linked, and those that somebody did.
_PATIENTS = """
SELECT person_source_value FROM cdm.person WHERE person_id NOT IN (SELECT person_id FROM rcdm.site_person)
UNION SELECT person_key FROM rcdm.person_map
"""


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

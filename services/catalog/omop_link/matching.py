"""Who of the site's persons is meant, found by what the site calls them: read row by row, compared as pseudonyms.

So neither a person_source_value nor a PatientID leaves this process, or is kept by it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.database import Database
from chassis.secrets import SiteKeys
from services.catalog.lookups import Connection
from services.catalog.omop_link.shape import check_shape
from services.catalog.omop_link.site import open_site
from services.catalog.person_map.read import MapLine

_ROWS_AT_ONCE = 5000
_NAMES = {"person": ("person_id", "person_source_value")}
_PERSONS = "SELECT person_id, person_source_value FROM person WHERE person_source_value <> ''"
# Patients of DICOM: those nobody said anything of yet, and those of the map.
_PATIENTS = """
SELECT person_source_value AS key FROM cdm.person WHERE person_source_value IS NOT NULL
    AND NOT EXISTS (SELECT FROM rcdm.site_person site WHERE site.person_id = person.person_id)
UNION SELECT person_key FROM rcdm.person_map
"""


@dataclass(frozen=True)
class Matched:
    """`ambiguous`: patients whom several persons of the site are called after; they are in no line."""

    lines: Sequence[MapLine]
    ambiguous: int


async def match_patients(database: Database, keys: SiteKeys, address: str, hospital: str) -> Matched:
    """As a map: whose PatientID, without an issuer, is a person_source_value. Raises SettingsError, Unavailable."""
    patients = {row["key"] for row in await database.pool.fetch(_PATIENTS)}
    async with open_site(address, database.dsn) as site:
        found = await _found(site, lambda said: keys.pseudonym("person", hospital, said), patients)
    times = Counter(key for key, _ in found)
    single = sorted((key, person_id) for key, person_id in found if times[key] == 1)
    lines = [MapLine(number, key, person_id, None) for number, (key, person_id) in enumerate(single, start=1)]
    return Matched(lines, len(times) - len(lines))


async def named_persons(database: Database, keys: SiteKeys, address: str, lines: Sequence[MapLine]) -> set[int]:
    """Those a map names, by id or by what the site calls them; the site may know only some. Raises as above."""
    wanted = {one.source_value for one in lines if one.source_value}
    ids = {one.person_id for one in lines if one.person_id is not None}
    if not wanted:
        return ids
    async with open_site(address, database.dsn) as site:
        found = await _found(site, lambda said: keys.pseudonym("site person", said), wanted)
    return ids | {person_id for _, person_id in found}


async def _found(site: Connection, pseudonym: Callable[[str], str], wanted: Collection[str]) -> list[tuple[str, int]]:
    await check_shape(site, _NAMES)

    def among(rows: Sequence[Any]) -> list[tuple[str, int]]:
        return [(key, number) for number, name in rows if (key := pseudonym(name)) in wanted]

    found, cursor = [], await site.cursor(_PERSONS)
    while rows := await cursor.fetch(_ROWS_AT_ONCE):
        found += await asyncio.to_thread(among, rows)
    return found

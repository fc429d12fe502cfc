"""Rows of the site's persons come into ours with the site's numbers, as a dump of just these rows would."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chassis.database import Database
from chassis.secrets import SiteKeys
from services.catalog.omop.load import Loaded, load_omop
from services.catalog.omop.source import Progress
from services.catalog.omop.tables import OURS
from services.catalog.omop_link.copying import copy_out, copy_persons_out
from services.catalog.omop_link.shape import MIRRORED, check_shape
from services.catalog.omop_link.site import open_site

# $1: persons; of visits, those with studies, $2: the days of these, and $3: what came over before.
_ROWS: Mapping[str, str] = {
    "care_site": "true",
    "observation_period": "person_id = ANY($1::integer[])",
    # Found from the studies: a site has a hundred million visits.
    "visit_occurrence": "visit_occurrence_id IN (SELECT unnest($3::integer[])"
    " UNION SELECT visit_occurrence_id FROM unnest($1::integer[], $2::date[]) AS study (person, day)"
    " JOIN visit_occurrence ON person = person_id AND day BETWEEN visit_start_date AND visit_end_date)",
}
_KNOWN = "SELECT person_id FROM rcdm.site_person"
_DAYS = "SELECT DISTINCT person_id, radiology_occurrence_date FROM rcdm.radiology_occurrence WHERE person_id = ANY($1)"
_VISITS = f"""
SELECT visit_occurrence_id FROM cdm.visit_occurrence WHERE person_id = ANY($1)
EXCEPT ({OURS["visit_occurrence"]})
"""


@dataclass(frozen=True)
class Mirrored:
    """`gone`: persons that were asked for and that the site does not have."""

    loaded: Loaded
    persons: int
    gone: int


async def refresh(database: Database, keys: SiteKeys, address: str, progress: Progress = lambda *_: None) -> Mirrored:
    """All persons of the site that are here, as the site has them now. Raises as `mirror`."""
    known = {row[0] for row in await database.pool.fetch(_KNOWN)}
    return await mirror(database, keys, address, known, progress)


async def mirror(
    database: Database, keys: SiteKeys, address: str, persons: Collection[int], progress: Progress = lambda *_: None
) -> Mirrored:
    """These persons, their observation periods, and their visits on days of studies; what left the site stays here.

    Raises SettingsError, Unavailable, BadRequest, Conflict; then nothing was changed.
    """
    ids = sorted(persons)
    days = await database.pool.fetch(_DAYS, ids)
    visits = [row[0] for row in await database.pool.fetch(_VISITS, ids)]
    asked: dict[str, tuple[Any, ...]] = {
        "observation_period": (ids,),
        "visit_occurrence": ([row[0] for row in days], [row[1] for row in days], visits),
    }
    with TemporaryDirectory(prefix="rcdm-omop-") as folder:
        async with open_site(address, database.dsn) as site:
            await check_shape(site, MIRRORED)
            found = await copy_persons_out(
                site, MIRRORED["person"], ids, Path(folder) / "person.csv", partial(keys.pseudonym, "site person")
            )
            for done, (table, condition) in enumerate(_ROWS.items(), start=1):
                question = f"SELECT {', '.join(MIRRORED[table])} FROM {table} WHERE {condition}"
                await copy_out(site, question, Path(folder) / f"{table}.csv", *asked.get(table, ()))
                progress("from the site's database", done, len(_ROWS))
        loaded = await load_omop(database, keys, Path(folder), progress, has_pseudonyms=True)
    return Mirrored(loaded, found, len(ids) - found)

"""What is known of the link to the site's own OMOP database, and how many of our patients are persons of the site."""

from collections.abc import Mapping
from dataclasses import dataclass

from chassis.database import Database
from chassis.errors import RcdmError
from services.catalog.omop_link.shape import MIRRORED, cdm_version, check_shape
from services.catalog.omop_link.site import open_site, shown

_OURS = """
SELECT count(*), count(site.person_id) FROM (SELECT DISTINCT person_id FROM rcdm.radiology_occurrence) AS patient
LEFT JOIN rcdm.site_person site USING (person_id)
"""


@dataclass(frozen=True)
class LinkStatus:
    """`problem` says why the link cannot be used; null where it can. `rows`: of the site's tables."""

    address: str
    problem: str | None
    cdm_version: str | None
    rows: Mapping[str, int]
    patients: int
    linked: int


async def link_status(database: Database, address: str) -> LinkStatus:
    """Never fails because of the site."""
    problem, version, rows = None, None, {}
    try:
        async with open_site(address, database.dsn) as site:
            version = await cdm_version(site)
            await check_shape(site, MIRRORED)
            rows = {table: await site.fetchval(f"SELECT count(*) FROM {table}") for table in MIRRORED}
    except RcdmError as error:
        problem = str(error)
    patients, linked = await database.pool.fetchrow(_OURS) or (0, 0)
    return LinkStatus(shown(address), problem, version, rows, patients, linked)

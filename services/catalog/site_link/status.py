"""What the site's OMOP database is, and how far we are linked to it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from chassis.database import Database
from services.catalog.site_link.connection import Site

_OURS = """
SELECT (SELECT count(DISTINCT person_id) FROM rcdm.radiology_occurrence) AS persons,
    (SELECT count(DISTINCT person_id) FROM rcdm.radiology_occurrence JOIN rcdm.site_person USING (person_id)) AS linked
"""


@dataclass(frozen=True)
class LinkStatus:
    """`persons` are the site's; of ours that have images, `linked` are known to be one of them."""

    address: str
    cdm_version: str | None
    vocabulary_version: str | None
    persons: int
    persons_with_images: int
    linked: int


async def link_status(database: Database, site: Site, address: str) -> LinkStatus:
    """Without the password."""
    ours = await database.pool.fetchrow(_OURS)
    assert ours is not None
    return LinkStatus(
        without_password(address),
        await _said(site, "cdm_source", "SELECT max(cdm_version) FROM cdm_source"),
        await _said(site, "vocabulary", "SELECT max(vocabulary_version) FROM vocabulary WHERE vocabulary_id = 'None'"),
        await site.connection.fetchval("SELECT count(*) FROM person"),
        ours["persons"],
        ours["linked"],
    )


def without_password(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


async def _said(site: Site, table: str, question: str) -> str | None:
    """None for a table that is not there."""
    is_there = await site.connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table)
    found: str | None = await site.connection.fetchval(question) if is_there else None
    return found

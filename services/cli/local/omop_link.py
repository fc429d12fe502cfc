"""Reads the site's OMOP database beside a running system; failures end in words and exit code 1."""

from dataclasses import asdict
from typing import Any

import uvloop

from chassis.backends import open_tables_beside
from chassis.db.migrate import migrate
from chassis.settings import Settings, read_settings
from chassis.telemetry.logging import configure_logging
from services.catalog.site_omop.link.connection import open_site
from services.catalog.site_omop.link.persons import Refreshed, by_patient_id, refresh
from services.catalog.site_omop.link.pull import TABLES, LinkStatus, link_status
from services.catalog.site_omop.site_key import keys_beside
from services.cli.client.output import progress_line
from services.cli.local.run import failures_in_words, load_services


def refresh_here(by_source_value: bool, hospital: str | None) -> dict[str, Any]:
    """As a document. Raises SystemExit(1) when it failed."""
    with failures_in_words():
        settings = read_settings()
        configure_logging(settings.log, "omop")
        done = uvloop.run(_refresh(settings, (hospital or settings.hospital) if by_source_value else None))
    tables = {name: one for found in (done.loaded, done.visits) if found for name, one in found.tables.items()}
    return {
        "persons": done.persons,
        "tables": {table: one.document() for table, one in tables.items()},
        "moved": asdict(done.applied),
        "studies_in_visits": done.studies_in_visits,
    }


def status_here() -> dict[str, Any]:
    """As `refresh_here`."""
    with failures_in_words():
        settings = read_settings()
        configure_logging(settings.log, "omop")
        return asdict(uvloop.run(_status(settings)))


async def _refresh(settings: Settings, hospital: str | None) -> Refreshed:
    keys = keys_beside(settings)
    async with open_tables_beside(settings) as database, open_site(settings.omop, TABLES) as site:
        await migrate(database, load_services(["catalog"]))
        lines = await by_patient_id(database, keys, site, hospital) if hospital else []
        return await refresh(database, keys, site, lines, progress_line())


async def _status(settings: Settings) -> LinkStatus:
    async with open_tables_beside(settings) as database, open_site(settings.omop, ["person"]) as site:
        await migrate(database, load_services(["catalog"]))
        return await link_status(database, site, settings.omop)

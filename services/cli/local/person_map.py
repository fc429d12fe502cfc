"""Applies a site's map of persons beside a running system; failures end in words and exit code 1."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import uvloop

from chassis.backends import open_tables_beside
from chassis.db.migrate import migrate
from chassis.settings import Settings, read_settings
from chassis.telemetry.logging import configure_logging
from services.catalog.site_omop.link.connection import open_site
from services.catalog.site_omop.link.persons import refresh
from services.catalog.site_omop.link.pull import TABLES
from services.catalog.site_omop.person_map.apply import Applied, apply_map
from services.catalog.site_omop.person_map.read import read_map
from services.catalog.site_omop.site_key import keys_beside
from services.cli.client.output import progress_line
from services.cli.local.run import failures_in_words, load_services


def map_here(path: Path, hospital: str | None, dry_run: bool) -> dict[str, Any]:
    """As a document. Raises SystemExit(1) when it failed."""
    with failures_in_words():
        settings = read_settings()
        configure_logging(settings.log, "persons")
        applied = uvloop.run(_map(settings, path, hospital or settings.hospital, dry_run))
    return {"dry_run": dry_run, **asdict(applied)}


async def _map(settings: Settings, path: Path, hospital: str, dry_run: bool) -> Applied:
    keys = keys_beside(settings)
    async with open_tables_beside(settings) as database:
        await migrate(database, load_services(["catalog"]))
        lines = read_map(path, keys, hospital)
        if settings.omop and not dry_run:
            async with open_site(settings.omop, TABLES) as site:
                return (await refresh(database, keys, site, lines, progress_line())).applied
        return await apply_map(database, keys, lines, dry_run, progress_line())

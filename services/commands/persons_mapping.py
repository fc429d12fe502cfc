"""Applies a site's map of persons beside a running system; failures end in words and exit code 1."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import uvloop

from chassis.home import open_tables_beside
from chassis.logs import configure_logging
from chassis.migrate import migrate
from chassis.settings import Settings, read_settings
from services.catalog.omop_link.apply import apply_with_link
from services.catalog.omop_link.matching import match_patients
from services.catalog.person_map.apply import Applied, apply_map
from services.catalog.person_map.read import read_map
from services.catalog.site_key import keys_beside
from services.commands.omop_linking import needed_address
from services.commands.output import progress_line
from services.commands.running import failures_in_words, load_services


def map_here(path: Path | None, hospital: str | None, dry_run: bool) -> dict[str, Any]:
    """As a document; without a path by what the site's own database calls its persons. Raises SystemExit(1)."""
    with failures_in_words():
        settings = read_settings()
        configure_logging(settings.log, "persons")
        applied, ambiguous = uvloop.run(_map(settings, path, hospital or settings.hospital, dry_run))
    return {"dry_run": dry_run, "ambiguous": ambiguous, **asdict(applied)}


async def _map(settings: Settings, path: Path | None, hospital: str, dry_run: bool) -> tuple[Applied, int]:
    keys, progress, ambiguous = keys_beside(settings), progress_line(), 0
    async with open_tables_beside(settings) as database:
        await migrate(database, load_services(["catalog"]))
        if path is None:
            matched = await match_patients(database, keys, needed_address(settings), hospital)
            lines, ambiguous = matched.lines, matched.ambiguous
        else:
            lines = read_map(path, keys, hospital)
        if settings.omop:
            applied = await apply_with_link(database, keys, settings.omop, lines, dry_run, progress)
        else:
            applied = await apply_map(database, keys, lines, dry_run, progress)
        return applied, ambiguous

"""Loads a site's OMOP tables beside a running system; failures end in words and exit code 1."""

from pathlib import Path
from typing import Any

import uvloop

from chassis.backends import open_tables_beside
from chassis.db.migrate import migrate
from chassis.settings import Settings, read_settings
from chassis.telemetry.logging import configure_logging
from services.catalog.site_omop.dump.load import Loaded, load_omop
from services.catalog.site_omop.link.persons import link_visits
from services.catalog.site_omop.site_key import keys_beside
from services.cli.client.output import progress_line
from services.cli.local.run import failures_in_words, load_services


def load_here(folder: Path) -> dict[str, Any]:
    """As a document. Raises SystemExit(1) when it failed."""
    with failures_in_words():
        settings = read_settings()
        configure_logging(settings.log, "omop")
        loaded = uvloop.run(_load(settings, folder))
    return {
        "tables": {table: one.document() for table, one in loaded.tables.items()},
        "renumbered": dict(loaded.renumbered),
        "gaps": [one.document() for one in loaded.gaps],
        "left": list(loaded.left),
    }


async def _load(settings: Settings, folder: Path) -> Loaded:
    keys = keys_beside(settings)
    async with open_tables_beside(settings) as database:
        await migrate(database, load_services(["catalog"]))
        loaded = await load_omop(database, keys, folder, progress_line())
        await link_visits(database, progress_line())
        return loaded

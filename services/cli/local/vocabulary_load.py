"""Loads a vocabulary beside a running system, with a line of progress; failures end in words and exit code 1."""

import tempfile
from pathlib import Path
from typing import Any

import uvloop

from chassis.backends import open_tables_beside
from chassis.db.migrate import migrate
from chassis.settings import Settings, read_settings
from chassis.telemetry.logging import configure_logging
from services.catalog.site_omop.link.connection import open_site
from services.catalog.site_omop.link.pull import VOCABULARY_TABLES, write_vocabulary
from services.catalog.vocabulary.load import Loaded, load_vocabulary
from services.cli.client.output import progress_line
from services.cli.local.run import failures_in_words, load_services


def load_here(path: Path | None, accept_missing: bool) -> dict[str, Any]:
    """As a document; without a path from RCDM_OMOP. Raises SystemExit(1) when it failed."""
    with failures_in_words():
        settings = read_settings()
        configure_logging(settings.log, "vocabulary")
        loaded = uvloop.run(_load(settings, path, accept_missing))
    gaps = [one.document() for one in (*loaded.inside, *loaded.to_us)]
    return {"version": loaded.version, "rows": dict(loaded.rows), "gaps": gaps}


async def _load(settings: Settings, path: Path | None, accept_missing: bool) -> Loaded:
    progress = progress_line()
    async with open_tables_beside(settings) as database:
        await migrate(database, load_services(["catalog"]))
        if path is not None:
            return await load_vocabulary(database, path, progress, accept_missing)
        with tempfile.TemporaryDirectory(prefix="rcdm-vocabulary-") as name:
            async with open_site(settings.omop, VOCABULARY_TABLES) as site:
                folder = await write_vocabulary(site, Path(name), progress)
            return await load_vocabulary(database, folder, progress, accept_missing, source="OMOP")

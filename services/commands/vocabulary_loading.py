"""Loads a vocabulary beside a running system, with a line of progress; failures end in words and exit code 1."""

from pathlib import Path
from typing import Any

import uvloop

from chassis.home import open_tables_beside
from chassis.logs import configure_logging
from chassis.migrate import migrate
from chassis.settings import Settings, read_settings
from services.catalog.omop_link.vocabulary import load_vocabulary_from_site
from services.catalog.vocabulary.load import Loaded, load_vocabulary
from services.commands.omop_linking import needed_address
from services.commands.output import progress_line
from services.commands.running import failures_in_words, load_services


def load_here(path: Path | None, accept_missing: bool) -> dict[str, Any]:
    """As a document; without a path from the site's own database. Raises SystemExit(1) when it failed."""
    with failures_in_words():
        settings = read_settings()
        configure_logging(settings.log, "vocabulary")
        loaded = uvloop.run(_load(settings, path, accept_missing))
    gaps = [one.document() for one in (*loaded.inside, *loaded.to_us)]
    return {"version": loaded.version, "rows": dict(loaded.rows), "gaps": gaps}


async def _load(settings: Settings, path: Path | None, accept_missing: bool) -> Loaded:
    async with open_tables_beside(settings) as database:
        await migrate(database, load_services(["catalog"]))
        if path is None:
            return await load_vocabulary_from_site(database, needed_address(settings), progress_line(), accept_missing)
        return await load_vocabulary(database, path, progress_line(), accept_missing)

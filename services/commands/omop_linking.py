"""The site's own OMOP database, from beside a running system; failures end in words and exit code 1."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

import uvloop

from chassis.database import Database
from chassis.errors import SettingsError
from chassis.home import open_tables_beside
from chassis.logs import configure_logging
from chassis.migrate import migrate
from chassis.settings import Settings, read_settings
from services.catalog.omop_link.mirror import refresh
from services.catalog.omop_link.status import link_status
from services.catalog.omop_link.visits import link_visits
from services.catalog.site_key import keys_beside
from services.commands.output import progress_line
from services.commands.running import failures_in_words, load_services

Work = Callable[[Settings, Database], Awaitable[dict[str, Any]]]


def status_here() -> dict[str, Any]:
    """As a document. Raises SystemExit(1) when our own side failed."""
    return _beside(_status)


def refresh_here() -> dict[str, Any]:
    """As a document. Raises SystemExit(1) when it failed."""
    return _beside(_refresh)


def needed_address(settings: Settings) -> str:
    """Raises SettingsError where there is none."""
    if not settings.omop:
        raise SettingsError("RCDM_OMOP: write the address of the site's OMOP database, postgresql://reader@host/name.")
    return settings.omop


def _beside(work: Work) -> dict[str, Any]:
    with failures_in_words():
        settings = read_settings()
        configure_logging(settings.log, "omop")
        return uvloop.run(_open(settings, work))


async def _open(settings: Settings, work: Work) -> dict[str, Any]:
    needed_address(settings)
    async with open_tables_beside(settings) as database:
        await migrate(database, load_services(["catalog"]))
        return await work(settings, database)


async def _status(settings: Settings, database: Database) -> dict[str, Any]:
    return asdict(await link_status(database, settings.omop))


async def _refresh(settings: Settings, database: Database) -> dict[str, Any]:
    keys, progress = keys_beside(settings), progress_line()
    done = await refresh(database, keys, settings.omop, progress)
    studies = await link_visits(database, progress)
    tables = {table: one.document() for table, one in done.loaded.tables.items()}
    gaps = [one.document() for one in done.loaded.gaps]
    counts = {"persons": done.persons, "gone": done.gone, "studies_in_visits": studies}
    return {**counts, "tables": tables, "renumbered": dict(done.loaded.renumbered), "gaps": gaps}

"""Migrations at start: once for everybody, and no start on tables from the future."""

import asyncio

import pytest

from chassis.db.database import open_database
from chassis.db.migrate import migrate
from chassis.errors import SettingsError
from services import SERVICES
from services.cli.local.run import load_services


async def test_several_processes_may_start_at_once_and_again(database: str) -> None:
    """C18"""
    services = load_services(SERVICES)
    async with open_database(database) as one, open_database(database) as two:
        await asyncio.gather(migrate(one, services), migrate(two, services))
        await migrate(one, services)
        assert await one.pool.fetchval("SELECT count(*) FROM catalog.alembic_version") == 1


async def test_tables_of_a_newer_version_stop_the_start(database: str) -> None:
    """C18"""
    services = load_services(["ingest"])
    async with open_database(database) as opened:
        await migrate(opened, services)
        await opened.pool.execute("UPDATE ingest.alembic_version SET version_num = 'ingest_9999'")
        with pytest.raises(SettingsError, match="does not know"):
            await migrate(opened, services)

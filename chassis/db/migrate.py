"""Each service's alembic versions, run at start one process at a time; a schema newer than the code stops the start."""

from collections.abc import Iterable
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from chassis.db.database import Database
from chassis.errors import SettingsError
from chassis.service import Service

_LOCK = 7_263_001


async def migrate(database: Database, services: Iterable[Service]) -> None:
    """Bring every service's schema to its newest version. Raises SettingsError when the database is newer."""
    async with database.engine.begin() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        for service in services:
            if service.migrations:
                await connection.run_sync(_upgrade, service.name, service.migrations)


def _upgrade(connection: Connection, schema: str, versions: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(versions.parent))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
    head = script.get_current_head()

    def steps(revision: tuple[str, ...], _: MigrationContext) -> list[object]:
        try:
            return list(script._upgrade_revs(head or "base", revision))  # type: ignore[arg-type]  # as alembic's own command
        except Exception as error:
            raise SettingsError(
                f"The tables of {schema} are at {', '.join(revision)}, which this version of rcdm does not know: "
                "run the version that made them, or a newer one."
            ) from error

    with EnvironmentContext(config, script, fn=steps) as environment:
        environment.configure(connection=connection, version_table_schema=schema, transactional_ddl=False)
        with Operations.context(environment.get_context()):
            environment.run_migrations()

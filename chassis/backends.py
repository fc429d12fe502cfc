"""From addresses to a home: the one place where the form of an address picks the adapter."""

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from chassis.blobs.metered import MeasuredBlobs
from chassis.db.database import Database, open_database
from chassis.errors import SettingsError
from chassis.messaging.ports import BlobStore, EventLog
from chassis.secrets import site_keys
from chassis.service import Home
from chassis.settings import Settings


@asynccontextmanager
async def open_home(settings: Settings) -> AsyncIterator[Home]:
    """Database, log and blobs, opened and closed in order. Raises SettingsError, Unavailable."""
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(_database_dsn(settings))
        database = await stack.enter_async_context(open_database(dsn))
        events = await stack.enter_async_context(_event_log(settings, dsn))
        blobs = await stack.enter_async_context(_blob_store(settings))
        yield Home(settings, database, events, MeasuredBlobs(blobs), site_keys(settings))


@asynccontextmanager
async def open_tables(settings: Settings) -> AsyncIterator[Database]:
    """The database alone: what migrations need. Raises SettingsError, Unavailable."""
    async with _database_dsn(settings) as dsn, open_database(dsn) as database:
        yield database


@asynccontextmanager
async def open_tables_beside(settings: Settings) -> AsyncIterator[Database]:
    """As `open_tables`, also while another process of this machine runs the private PostgreSQL."""
    from chassis.db.embedded.paths import is_held, running_place

    place = running_place(settings.data) if _scheme(settings.database) == "embedded" else None
    if place and is_held(settings.data):
        async with open_database(place.dsn()) as database:
            yield database
    else:
        async with open_tables(settings) as database:
            yield database


@asynccontextmanager
async def _database_dsn(settings: Settings) -> AsyncIterator[str]:
    match _scheme(settings.database):
        case "embedded":
            from chassis.db.embedded.paths import data_folder_lock
            from chassis.db.embedded.server import embedded_postgres

            with data_folder_lock(settings.data):
                async with embedded_postgres(settings.data, settings.pg_bin) as dsn:
                    yield dsn
        case "postgresql":
            yield settings.database
        case other:
            raise SettingsError(f"RCDM_DATABASE: write embedded: or postgresql://user@host/name, not {other}:…")


def _event_log(settings: Settings, dsn: str) -> AbstractAsyncContextManager[EventLog]:
    match _scheme(settings.events):
        case "postgresql":
            from chassis.messaging.postgres.log import postgres_log

            return postgres_log(dsn, settings.partitions)
        case "kafka":
            from chassis.messaging.kafka.log import kafka_log

            return kafka_log(settings.events, settings.partitions, settings.member)
        case other:
            raise SettingsError(
                f"RCDM_EVENTS: write postgresql: (in the database) or kafka://host:9092[/prefix], not {other}:…"
            )


def _blob_store(settings: Settings) -> AbstractAsyncContextManager[BlobStore]:
    match _scheme(settings.blobs):
        case "file":
            from chassis.blobs.local.store import folder_blobs

            path = unquote(urlsplit(settings.blobs).path)
            return folder_blobs(Path(path) if path else settings.data / "blobs")
        case "s3":
            from chassis.blobs.s3.store import s3_blobs

            return s3_blobs(settings.blobs)
        case other:
            raise SettingsError(
                f"RCDM_BLOBS: write file:, file:///absolute/folder or s3://bucket?endpoint=http://…, not {other}:…"
            )


def _scheme(address: str) -> str:
    match = re.match(r"([a-z0-9+]+):", address)
    return match[1] if match else address

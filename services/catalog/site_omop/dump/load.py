"""A dump of a site's CDM tables comes into ours: all of it in one moment, or nothing."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncpg

from chassis.db.database import Database
from chassis.errors import Conflict
from chassis.secrets import SiteKeys
from services.catalog.db import Connection
from services.catalog.omop.persons import let_writers_pass
from services.catalog.omop.visits import observe_known
from services.catalog.site_omop.dump.check import check_rows, dangling, primary_key, refusal, unknown_concepts
from services.catalog.site_omop.dump.files import Dump, Progress, Pseudonym, TableFile, read_dump
from services.catalog.site_omop.dump.merge import Merged, give_way, merge, move_sequence
from services.catalog.site_omop.dump.staging import STAGING, copy_in, open_staging
from services.catalog.site_omop.site_key import check_key
from services.catalog.vocabulary.check import Finding

# Of those who load dumps and maps: one at a time, for a patient on the move would wait for rows a load is changing.
LOCK = 7_263_006
# 03/04/2020 is two dates: only those that begin with the year are read.
_SETTINGS = {"statement_timeout": "0", "timezone": "UTC", "datestyle": "ISO, YMD"}

_KNOW_PERSONS = f"INSERT INTO rcdm.site_person SELECT person_id FROM {STAGING}.person ON CONFLICT DO NOTHING"


@dataclass(frozen=True)
class Loaded:
    """By table; rows of ours that got another number; concepts the vocabulary lacks; files that were left."""

    tables: Mapping[str, Merged]
    renumbered: Mapping[str, int]
    gaps: Sequence[Finding]
    left: Sequence[str]


async def load_omop(
    database: Database,
    keys: SiteKeys,
    folder: Path,
    progress: Progress = lambda *_: None,
    has_pseudonyms: bool = False,
) -> Loaded:
    """From a folder; `has_pseudonyms`: its persons have them already.

    Raises BadRequest that says what is wrong and where; then nothing was changed.
    """
    dump = read_dump(folder)
    async with AsyncExitStack() as stack:
        connection = await asyncpg.connect(database.dsn, server_settings=_SETTINGS)
        stack.push_async_callback(connection.close)
        await _keep_silent(connection)
        await stack.enter_async_context(connection.transaction())
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", LOCK):
            raise Conflict("Another dump or map is being loaded; wait until that has ended.")
        await check_key(connection, keys)
        pseudonym = (lambda said: said) if has_pseudonyms else partial(keys.pseudonym, "site person")
        return await _load(connection, pseudonym, dump, progress)


async def _keep_silent(connection: Connection) -> None:
    """The database's own log would quote a value that cannot be read; only a superuser may forbid it."""
    with suppress(asyncpg.InsufficientPrivilegeError):
        await connection.execute("SET log_min_messages = 'fatal'")


async def _load(connection: Connection, pseudonym: Pseudonym, dump: Dump, progress: Progress) -> Loaded:
    await connection.execute(f"DROP SCHEMA IF EXISTS {STAGING} CASCADE")
    await connection.execute(f"CREATE SCHEMA {STAGING}")
    rows = {file.table: await _stage(connection, pseudonym, file, progress) for file in dump.files}
    if missing := await dangling(connection, dump.files):
        raise refusal(missing)
    gaps = await unknown_concepts(connection, dump.files)
    renumbered = await _make_room(connection, dump.files)
    merged = {}
    for place, file in enumerate(dump.files):
        progress("into the tables in use", place, len(dump.files))
        merged[file.table] = await merge(connection, file, rows[file.table])
        if file.table == "person":
            await connection.execute(_KNOW_PERSONS)
    await _observe(connection)
    await connection.execute(f"DROP SCHEMA {STAGING} CASCADE")
    progress("into the tables in use", 1, 1)
    return Loaded(merged, renumbered, gaps, dump.left)


async def _stage(connection: Connection, pseudonym: Pseudonym, file: TableFile, progress: Progress) -> int:
    kinds = await open_staging(connection, file.table)
    rows = await copy_in(connection, file, kinds, pseudonym, progress)
    await connection.execute(f"ANALYZE {STAGING}.{file.table}")
    await check_rows(connection, file, await primary_key(connection, file.table))
    return rows


async def _make_room(connection: Connection, files: Sequence[TableFile]) -> dict[str, int]:
    """Studies are written meanwhile: first nobody takes a number of the dump any more, then who has one gives way."""
    keyed = [(file.table, key) for file in files if (key := await primary_key(connection, file.table))]
    for table, key in keyed:
        await move_sequence(connection, table, key)
    await let_writers_pass(connection)
    moved = {table: await give_way(connection, table, key) for table, key in keyed}
    return {table: count for table, count in moved.items() if count}


async def _observe(connection: Connection) -> None:
    rows = await connection.fetch(
        "SELECT DISTINCT person_id FROM rcdm.radiology_occurrence JOIN rcdm.site_person USING (person_id) ORDER BY 1"
    )
    await observe_known(connection, [row[0] for row in rows])

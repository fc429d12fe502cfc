"""An Athena download takes the place of the vocabulary in use: all of it in one moment, or nothing."""

import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from chassis.db.database import Database
from chassis.errors import BadRequest, Conflict
from services.catalog.db import Connection
from services.catalog.diagnoses.mapping import map_all_automatically
from services.catalog.vocabulary.check import Finding, missing_inside, missing_to_us
from services.catalog.vocabulary.files import VocabularyFile, vocabulary_files
from services.catalog.vocabulary.routes import Source
from services.catalog.vocabulary.staging import STAGING, Progress, copy_in, index_all, open_staging, put_in_place
from services.catalog.vocabulary.terms.index import build_terms

_LOCK = 7_263_005
_CDM_VERSION_CONCEPT = 756265  # "OMOP CDM Version 5.4.0"
_MOST_TOLD = 5
_AFTER_COPY = "keys, indices and checks"
_NAMES = "names to suggest"

_SOURCE = """
INSERT INTO cdm.cdm_source (cdm_source_name, cdm_source_abbreviation, cdm_holder, source_description,
    source_release_date, cdm_release_date, cdm_version, cdm_version_concept_id, vocabulary_version)
SELECT 'Radiology CDM', 'rcdm', '', 'Studies received as DICOM', current_date, current_date, '5.4', $1::integer, $2
"""


@dataclass(frozen=True)
class Loaded:
    """Rows by table; gaps inside the vocabulary (accepted) and concepts that our own rows name and it has not."""

    version: str
    rows: Mapping[str, int]
    inside: Sequence[Finding]
    to_us: Sequence[Finding]


async def load_vocabulary(
    database: Database,
    path: Path,
    progress: Progress = lambda *_: None,
    accept_missing: bool = False,
    source: Source = "ATHENA",
) -> Loaded:
    """From a folder or ZIP; `source` is told by the status.

    Raises BadRequest that says what is wrong and where; then the vocabulary in use stays.
    """
    async with AsyncExitStack() as stack:
        files = stack.enter_context(vocabulary_files(path))
        connection = await asyncpg.connect(database.dsn, server_settings={"statement_timeout": "0", "timezone": "UTC"})
        stack.push_async_callback(connection.close)
        await stack.enter_async_context(connection.transaction())
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            raise Conflict("Another vocabulary is being loaded; wait until that load has ended.")
        return await _load(connection, files, progress, accept_missing, source)


async def _load(
    connection: Connection, files: Sequence[VocabularyFile], progress: Progress, accept_missing: bool, source: Source
) -> Loaded:
    await open_staging(connection)
    rows = {file.table: await copy_in(connection, file, progress, accept_missing) for file in files}
    progress(_AFTER_COPY, 0, 1)
    await index_all(connection)
    version = await _version(connection)
    inside = await missing_inside(connection, STAGING)
    progress(_AFTER_COPY, 1, 1)
    if inside and not accept_missing:
        raise BadRequest(_gaps(inside), findings=[one.document() for one in inside])
    await build_terms(connection, STAGING, lambda done, count: progress(_NAMES, done, count))
    await connection.execute("DELETE FROM cdm.cdm_source WHERE cdm_source_abbreviation = 'rcdm'")
    await connection.execute(_SOURCE, _CDM_VERSION_CONCEPT, version[:20])
    # Counted before the change: readers wait for the change alone.
    to_us = await missing_to_us(connection, STAGING)
    await put_in_place(connection)
    await connection.execute(
        "INSERT INTO rcdm.vocabulary_load (vocabulary_version, row_counts, findings, source) VALUES ($1, $2, $3, $4)",
        version,
        json.dumps(rows),
        json.dumps([one.document() for one in (*inside, *to_us)]),
        source,
    )
    await map_all_automatically(connection)
    return Loaded(version, rows, inside, to_us)


async def _version(connection: Connection) -> str:
    found = await connection.fetchval(
        f"SELECT vocabulary_version FROM {STAGING}.vocabulary WHERE vocabulary_id = 'None'"
    )
    if not found:
        raise BadRequest("VOCABULARY.csv lacks the row None, which holds the version. Nothing was loaded.")
    return str(found)


def _gaps(found: Sequence[Finding]) -> str:
    told = "; ".join(str(one) for one in found[:_MOST_TOLD])
    return (
        f"The files do not fit together: {told}. They are of different downloads, one was cut, or CPT-4 was left out. "
        "Nothing was loaded. Download again, or load as it is with --accept-missing."
    )

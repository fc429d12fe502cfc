"""Versions of data sets as rows: read one, find `latest`, list those a caller may see.

A caller sees the versions whose maker saw no hospital that the caller does not see.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from cdm.query.access import Scope
from chassis.auth.access import Caller, Role
from chassis.db.database import Database
from chassis.errors import Conflict, Forbidden, Gone, NotFound
from services.export.models import Dataset, DatasetItem, Version, VersionItem

LATEST = "latest"
_MOST_VERSIONS = 1000
# Newest first, but a version that can be downloaded before one that cannot.
_NEWEST = (
    "ORDER BY (state = 'ready' AND deleted = 0 AND withdrawn_at IS NULL) DESC, (state = 'ready') DESC, number DESC"
)


def seen(place: int) -> str:
    """A condition on export.version; the parameter at that place: the caller's hospitals, NULL for all."""
    return f"(${place}::text[] IS NULL OR version.hospitals <@ ${place})"


async def refuse_stranger(database: Database, caller: Caller, operation_id: object) -> None:
    """Only the maker of a version, or a steward, may stop its build. Raises Forbidden."""
    made_by = await database.pool.fetchval("SELECT made_by FROM export.version WHERE operation_id = $1", operation_id)
    if made_by != caller.subject and not caller.may(Role.STEWARD):
        raise Forbidden("Somebody else started this; ask them or a steward to cancel it.", needs=[Role.STEWARD])


@dataclass(frozen=True)
class StoredVersion:
    """A row of export.version."""

    version_id: int
    name: str
    number: int
    version: str
    operation_id: UUID
    state: str
    created_at: datetime
    rule: dict[str, Any]
    content_sha256: str
    members: int
    deleted: int
    exclusions: dict[str, int]
    description: dict[str, Any] | None
    manifest_sha256: str | None
    directory_offset: int | None
    directory_bytes: int | None
    archive_bytes: int | None
    made_with: dict[str, Any]  # which rules and which vocabulary had said what the members are
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    own_files: int  # manifests and descriptions behind the members' files

    @property
    def root(self) -> str:
        """The one folder at the top of the archive."""
        return f"{self.name}-{self.version}"


_COLUMNS = ", ".join(StoredVersion.__dataclass_fields__)


async def find_version(database: Database, name: str, version: str, hospitals: Scope) -> StoredVersion:
    """One that may be seen from these hospitals. Raises NotFound."""
    row = await database.pool.fetchrow(
        f"SELECT {_COLUMNS} FROM export.version"
        f" WHERE name = $1 AND $3::text IN (version, '{LATEST}') AND {seen(2)} {_NEWEST} LIMIT 1",
        name, hospitals, version,
    )  # fmt: skip
    if row is None:
        raise NotFound(f"There is no version {version} of a data set {name}.")
    return stored(row)


async def ready_version(database: Database, name: str, version: str, hospitals: Scope) -> StoredVersion:
    """A version that can be downloaded. Raises NotFound, Conflict with the operation's address (reliability D10)."""
    found = await find_version(database, name, version, hospitals)
    if found.state != "ready":
        address = f"/api/v1/operations/{found.operation_id}"
        raise Conflict(
            f"Version {found.version} is {found.state}; see {address}.", operation=address, state=found.state
        )
    return found


async def whole_version(database: Database, name: str, version: str, hospitals: Scope) -> StoredVersion:
    """One that is ready, was not withdrawn, and of which nothing was deleted. Raises NotFound, Conflict, Gone."""
    found = await ready_version(database, name, version, hospitals)
    if found.withdrawn_at is not None:
        raise Gone(
            f"Version {found.version} was withdrawn on {found.withdrawn_at:%Y-%m-%d}: {found.withdrawn_reason}",
            withdrawn_at=found.withdrawn_at.isoformat(),
        )
    if found.deleted:
        raise Gone(
            f"{found.deleted} of the {found.members} pictures of version {found.version} were deleted since; freeze its"
            " query again for a version without them.",
            deleted=found.deleted,
        )
    return found


async def version_by_id(connection: Any, version_id: int) -> StoredVersion:
    return stored(await connection.fetchrow(f"SELECT {_COLUMNS} FROM export.version WHERE version_id = $1", version_id))


def stored(row: asyncpg.Record) -> StoredVersion:
    documents = {
        name: row[name] and json.loads(row[name]) for name in ("rule", "exclusions", "description", "made_with")
    }
    return StoredVersion(**(dict(row) | documents))


def shown(version: StoredVersion) -> Version:
    """As clients see it."""
    return Version(**{name: getattr(version, name) for name in Version.model_fields})


_DATASETS = f"""
SELECT dataset.name, dataset.created_at, newest.version AS latest, newest.state, counted.versions
FROM export.dataset
CROSS JOIN LATERAL (
    SELECT version, state FROM export.version WHERE name = dataset.name AND {seen(1)} {_NEWEST} LIMIT 1) newest
CROSS JOIN LATERAL (SELECT count(*) AS versions FROM export.version WHERE name = dataset.name AND {seen(1)}) counted
"""


async def list_datasets(database: Database, hospitals: Scope, after: str, limit: int) -> tuple[list[DatasetItem], int]:
    """By name, those behind `after` with a version that may be seen; and how many there are in all."""
    rows = await database.pool.fetch(
        f"{_DATASETS} WHERE dataset.name > $2 ORDER BY dataset.name LIMIT $3", hospitals, after, limit
    )
    total = await database.pool.fetchval(f"SELECT count(DISTINCT name) FROM export.version WHERE {seen(1)}", hospitals)
    return [DatasetItem(**row) for row in rows], total


async def find_dataset(database: Database, name: str, hospitals: Scope) -> Dataset:
    """With the versions that may be seen. Raises NotFound."""
    row = await database.pool.fetchrow(f"{_DATASETS} WHERE dataset.name = $2", hospitals, name)
    if row is None:
        raise NotFound(f"There is no data set {name}.")
    rows = await database.pool.fetch(
        "SELECT version, number, state, created_at, members, deleted, operation_id, withdrawn_at FROM export.version"
        f" WHERE name = $1 AND {seen(2)} ORDER BY number DESC LIMIT $3", name, hospitals, _MOST_VERSIONS,
    )  # fmt: skip
    return Dataset(**row, items=[VersionItem(**item) for item in rows])

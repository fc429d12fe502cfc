"""Freezing: one transaction writes the members of a query as they are at this moment, and asks for the build.

With `regular_volumes`, images of stacks with a gap, a tilt or no position are excluded as `geometry`.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Select, column, insert, literal, table, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncTransaction

from cdm.query.access import Scope
from cdm.query.members import excluded_rows, image_conditions, listed_conditions, member_rows, refuse_missing
from cdm.query.readiness import ready_for
from cdm.query.saved import saved_filter
from cdm.query.stacks import STACK_COLUMNS, series_stacks
from chassis.auth.access import Caller
from chassis.db.database import Database
from chassis.errors import Conflict, Refused, Unavailable
from chassis.ids import uuid7
from chassis.messaging.outbox import Outbox
from chassis.messaging.topics import EXPORT_REQUESTED
from chassis.secrets import SiteKeys
from proto.rcdm.v1 import events_pb2 as pb
from services.export import split
from services.export.freeze.approval import hold_back
from services.export.freeze.provenance import note_made_with
from services.export.freeze.spec import WHOLE, canonical, rule_of
from services.export.models import Accepted, DatasetRequest
from services.export.names import Pseudonyms
from services.export.table_statistics import refresh_statistics
from services.export.versions import seen

# Of what would be in the version: slices that the query leaves out leave a gap.
_STACKS = f"""
SELECT image.radiology_occurrence_id, image.series_instance_uid, member.frames, {STACK_COLUMNS}
FROM (SELECT image_id, array_agg(frame) AS frames FROM export.member WHERE version_id = $1 GROUP BY 1) member
JOIN rcdm.radiology_image image USING (image_id)
ORDER BY image.radiology_occurrence_id, image.series_instance_uid
"""
_MOVE = """
WITH gone AS (DELETE FROM export.member WHERE version_id = $1 AND image_id = ANY($2::bigint[])
              RETURNING image_id, sop_instance_uid)
INSERT INTO export.exclusion (version_id, image_id, sop_instance_uid, reason)
SELECT DISTINCT $1::bigint, image_id, sop_instance_uid, 'geometry' FROM gone
"""
_PREFETCH = 2000

_FREEZE_SECONDS = 600
# Numbers of the catalogue that say nothing about the picture stay out of the content's digest.
_DIGESTED = (
    "ordinal, position, person_key, sex, hospital, study_instance_uid, sop_instance_uid, series_instance_uid, "
    "series_number, modality, sequence_kind, image_plane, plane_source, image_phase, phase_source, phase_confidence, "
    "pixel_spacing, slice_position, image_slice_thickness, image_window_level_center, image_window_level_width, "
    "rescale_slope, rescale_intercept, body_part, laterality, view_position, series_description, "
    "dicom_sha256, frame, rows, columns, png_bytes, png_sha256"
)


async def hold_back_irregular(driver: Any, version_id: int, *, whole: bool) -> None:
    """Moves members of which a frame is in no regular volume to the exclusions. `whole`: a member is a whole object."""
    rows: list[Any] = []
    irregular: list[int] = []
    async for row in driver.cursor(_STACKS, version_id, prefetch=_PREFETCH):
        if rows and _series(row) != _series(rows[0]):
            irregular += await asyncio.to_thread(_irregular, rows, whole)
            rows = []
        rows.append(row)
    irregular += await asyncio.to_thread(_irregular, rows, whole)
    await driver.execute(_MOVE, version_id, irregular)


def _series(row: Any) -> tuple[int, str]:
    return row["radiology_occurrence_id"], row["series_instance_uid"]


def _irregular(rows: list[Any], whole: bool) -> list[int]:
    """The images of a series of which something is in no regular volume, or is there twice."""
    ids = {row["sop_instance_uid"]: row["image_id"] for row in rows}
    frames = None if whole else {row["image_id"]: set(row["frames"]) for row in rows}
    stacks = series_stacks(rows, frames)
    slices = [one for stack in stacks for one in (stack.repeated if stack.is_regular else stack.slices)]
    return sorted({ids[one.sop_uid] for one in slices})


async def freeze(
    database: Database, outbox: Outbox, keys: SiteKeys, request: DatasetRequest, maker: Caller, smallest: int = 0
) -> Accepted:
    """The next version of the data set, its members fixed, from the maker's hospitals only.

    With fewer than `smallest` patients it waits for a steward.

    Raises Refused (no member), Conflict, Unavailable.
    """
    async with freezing(database, request.name) as transaction:
        fixed = await fix_members(transaction, keys, request, maker)
        accepted = await _accept(fixed, outbox, maker, smallest)
    outbox.wake()
    return accepted


@asynccontextmanager
async def freezing(database: Database, name: str) -> AsyncIterator[AsyncTransaction]:
    """One transaction in which a version of this data set is frozen, nobody else's beside it. Raises Unavailable."""
    async with _alone(database, name), database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        async with connection.begin() as transaction:
            await connection.execute(text(f"SET LOCAL statement_timeout = '{_FREEZE_SECONDS}s'"))
            yield transaction


@dataclass(frozen=True)
class Fixed:
    """A version whose members, exclusions and sides are written, and nothing else of it."""

    driver: asyncpg.Connection
    request: DatasetRequest  # with the filter of the cohort it names
    version_id: int
    number: int
    operation_id: UUID
    rule: dict[str, Any]
    exclusions: dict[str, int]


async def fix_members(transaction: AsyncTransaction, keys: SiteKeys, request: DatasetRequest, maker: Caller) -> Fixed:
    """Raises Conflict for a name that is taken, NotFound for what is listed and is not there."""
    connection = transaction.connection
    driver: asyncpg.Connection = (await connection.get_raw_connection()).driver_connection
    request = await _resolved(driver, request, maker)
    operation_id, rule = uuid7(), rule_of(request, maker.hospitals)
    await _refuse_taken(driver, request.name, maker.hospitals)
    version_id, number = await _open_version(driver, request.name, operation_id, rule, maker)
    chosen = await _chosen(connection, request, maker.hospitals)
    whole = request.format in WHOLE
    # Volumes are cut out of an object with frames of other planes, too.
    planes = () if request.format == "nifti" else request.filter.plane
    members = member_rows(chosen, request.mode, planes=planes, whole=whole)
    await refresh_statistics(driver, "member", await _copy(connection, "member", version_id, members))
    await _copy(connection, "exclusion", version_id, excluded_rows(chosen, planes=planes, whole=whole))
    if request.regular_volumes:
        await hold_back_irregular(driver, version_id, whole=whole)
    exclusions = await count_exclusions(driver, version_id)
    if request.split:
        fraction_of = Pseudonyms(keys, request.name).fraction
        await split.draw_sides(driver, version_id, request.name, request.split, request.stratify, fraction_of)
    return Fixed(driver, request, version_id, number, operation_id, rule, exclusions)


async def _accept(fixed: Fixed, outbox: Outbox, maker: Caller, smallest: int) -> Accepted:
    driver, version_id, name, operation_id = fixed.driver, fixed.version_id, fixed.request.name, fixed.operation_id
    digest, members = await _digest(driver, version_id, name, fixed.rule)
    if not members:
        raise Refused(_why_empty(fixed.exclusions), exclusions=fixed.exclusions)
    version = f"{fixed.number}-{digest[:12]}"
    await note_made_with(driver, version_id)
    await driver.execute(
        "UPDATE export.version SET version = $2, content_sha256 = $3, members = $4, exclusions = $5"
        " WHERE version_id = $1",
        version_id, version, digest, members, json.dumps(fixed.exclusions),
    )  # fmt: skip
    await driver.execute("UPDATE export.operation SET total = $2 WHERE operation_id = $1", operation_id, members)
    message = pb.ExportRequested(operation_id=str(operation_id), dataset=name, version=version)
    await outbox.write(driver, EXPORT_REQUESTED.name, [EXPORT_REQUESTED.event(name, message)])
    waits = await hold_back(driver, version_id, smallest, maker)
    return Accepted(operation_id=operation_id, dataset=name, version=version, needs_approval=waits or None)


async def _resolved(driver: asyncpg.Connection, request: DatasetRequest, maker: Caller) -> DatasetRequest:
    """With the filter of the cohort that is named."""
    if request.cohort is None:
        return request
    return request.model_copy(update={"filter": await saved_filter(driver, request.cohort, maker.hospitals)})


async def _chosen(connection: AsyncConnection, request: DatasetRequest, hospitals: Scope) -> list[ColumnElement[bool]]:
    """Conditions on images, of the filter and of the lists. Raises NotFound for a listed thing that is not there."""
    await refuse_missing(connection, request.occurrences, request.series, hospitals)
    said = image_conditions(request.filter, hospitals, await ready_for(connection, request.filter))
    return [*said, *listed_conditions(request.occurrences, request.series)]


@asynccontextmanager
async def _alone(database: Database, name: str) -> AsyncIterator[None]:
    """One freeze of a data set at a time: a snapshot must begin after the version before was committed."""
    async with database.pool.acquire() as connection, connection.transaction():
        try:
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", f"dataset {name.lower()}")
        except asyncpg.QueryCanceledError:
            raise Unavailable("Another version of this data set is being frozen; try again shortly.") from None
        yield


async def _refuse_taken(driver: asyncpg.Connection, name: str, hospitals: Scope) -> None:
    """A name is one data set's everywhere. Whose it is when the caller may not see it, is not told."""
    taken = await driver.fetchval(
        "SELECT count(*) > 0 AND NOT bool_or(coalesce(" + seen(2) + ", false)) FROM export.version"
        " WHERE lower(name) = lower($1)", name, hospitals,
    )  # fmt: skip
    if taken:
        raise Conflict("This name is taken; choose another.", name=name)


async def _open_version(
    driver: asyncpg.Connection, name: str, operation_id: Any, rule: dict[str, Any], maker: Caller
) -> tuple[int, int]:
    spelling = await driver.fetchval("SELECT name FROM export.dataset WHERE lower(name) = lower($1)", name)
    if spelling not in (None, name):
        raise Conflict(f"A data set is called {spelling!r}; names that differ by case alone cannot lie side by side.")
    await driver.execute("INSERT INTO export.dataset (name) VALUES ($1) ON CONFLICT DO NOTHING", name)
    await driver.execute(
        "INSERT INTO export.operation (operation_id, kind, total) VALUES ($1, 'export', 0)", operation_id
    )
    row = await driver.fetchrow(
        "INSERT INTO export.version (name, number, version, operation_id, created_at, rule, content_sha256, members,"
        " exclusions, hospitals, made_by) SELECT $1, coalesce(max(number), 0) + 1, '', $2, now(), $3, '', 0, '{}', $4,"
        " $5 FROM export.version WHERE name = $1 RETURNING version_id, number",
        name, operation_id, json.dumps(rule), maker.hospitals, maker.subject,
    )  # fmt: skip
    return row["version_id"], row["number"]


async def _copy(connection: AsyncConnection, name: str, version_id: int, rows: Select[Any]) -> int:
    """How many rows there were."""
    names = ["version_id", *rows.selected_columns.keys()]
    target = table(name, *map(column, names), schema="export")
    source = rows.with_only_columns(literal(version_id).label("version_id"), *rows.selected_columns)
    return (await connection.execute(insert(target).from_select(names, source, include_defaults=False))).rowcount


async def count_exclusions(driver: Any, version_id: int) -> dict[str, int]:
    """Images held back, by reason."""
    rows = await driver.fetch(
        "SELECT reason, count(*) AS n FROM export.exclusion WHERE version_id = $1 GROUP BY reason ORDER BY reason",
        version_id,
    )
    return {row["reason"]: row["n"] for row in rows}


async def _digest(driver: asyncpg.Connection, version_id: int, name: str, rule: dict[str, Any]) -> tuple[str, int]:
    digest, count = hashlib.sha256(canonical(rule)), 0
    side = ", (SELECT side FROM export.side WHERE name = $2 AND side.person_key = member.person_key)"
    columns, values = (_DIGESTED + side, (version_id, name)) if rule["split"] else (_DIGESTED, (version_id,))
    sql = f"SELECT {columns} FROM export.member WHERE version_id = $1 ORDER BY ordinal"
    async for row in driver.cursor(sql, *values, prefetch=_PREFETCH):
        digest.update(b"\n" + canonical(list(row)))
        count += 1
    return digest.hexdigest(), count


def _why_empty(exclusions: dict[str, int]) -> str:
    if not exclusions:
        return "No image matches this filter."
    reasons = ", ".join(f"{count} {reason}" for reason, count in exclusions.items())
    return f"Every image that matches is held back: {reasons}."

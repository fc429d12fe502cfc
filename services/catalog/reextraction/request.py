"""Asking for images to be read again: which ones is fixed at once, reading them goes on in the background."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import BigInteger, ColumnElement, column, func, literal, select, table, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from cdm.query.filters import OccurrenceFilter
from cdm.query.members import image_conditions
from cdm.query.readiness import ready_for
from cdm.tables import RadiologyImage, RadiologyOccurrence
from chassis.blobs.keys import RENDERERS
from chassis.db.database import Database
from chassis.errors import NotFound
from chassis.http.paging import LARGEST_ID, Page, read_number, write_cursor
from imaging.extraction_rules import extraction_rules

_ASK_SECONDS = 600
_REQUEST = table(
    "reextraction",
    column("reextraction_id", BigInteger),
    column("requested_by"),
    column("filter", JSONB(none_as_null=True)),
    column("images", BigInteger),
    schema="rcdm",
)
_IMAGE = table("reextraction_image", column("image_id"), column("reextraction_id"), schema="rcdm")

_SHOWN = """
SELECT reextraction_id, requested_at, requested_by, filter, images, failed, finished_at,
    (SELECT count(*) FROM rcdm.reextraction_image waiting
     WHERE waiting.reextraction_id = request.reextraction_id) AS remaining
FROM rcdm.reextraction request
"""


class ReextractionRequest(BaseModel):
    """Which images are read again; nothing happens when `dry_run` is true."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    filter: OccurrenceFilter | None = Field(
        None, description="Those a search with these words finds; null: those that older rules had read."
    )
    dry_run: bool = False


class Reextraction(BaseModel):
    """Reading again as it goes on: `remaining` of `images` wait or are under way, `failed` stay as they were."""

    reextraction_id: int | None = Field(description="Null: a dry run.")
    requested_at: datetime | None
    requested_by: str
    filter: OccurrenceFilter | None
    images: int
    remaining: int
    failed: int
    finished_at: datetime | None


async def ask(database: Database, wanted: ReextractionRequest, asker: str) -> Reextraction:
    """Its images are written down when this returns. One that waits already for somebody else is not taken twice."""
    async with database.engine.connect() as connection, connection.begin() as transaction:
        await connection.execute(text(f"SET LOCAL statement_timeout = '{_ASK_SECONDS}s'"))
        found = await _written(connection, wanted, asker)
        if wanted.dry_run:
            await transaction.rollback()
            return found.model_copy(update={"reextraction_id": None, "requested_at": None, "finished_at": None})
    return found


async def find_reextraction(database: Database, reextraction_id: int) -> Reextraction:
    """Raises NotFound."""
    row = await database.pool.fetchrow(f"{_SHOWN} WHERE reextraction_id = $1", reextraction_id)
    if row is None:
        raise NotFound("There is no such reextraction.", reextraction_id=reextraction_id)
    return _shown(row)


async def list_reextractions(database: Database, limit: int, cursor: str | None) -> Page[Reextraction]:
    """The newest first."""
    before = read_number(cursor, LARGEST_ID)
    rows = await database.pool.fetch(
        f"{_SHOWN} WHERE reextraction_id < $1 ORDER BY reextraction_id DESC LIMIT $2", before, limit + 1
    )
    total = await database.pool.fetchval("SELECT count(*) FROM rcdm.reextraction")
    following = write_cursor([rows[limit - 1]["reextraction_id"]]) if len(rows) > limit else None
    return Page(items=[_shown(row) for row in rows[:limit]], next=following, total=total)


async def _written(connection: AsyncConnection, wanted: ReextractionRequest, asker: str) -> Reextraction:
    said = wanted.filter.model_dump(mode="json", exclude_defaults=True) if wanted.filter else None
    request = insert(_REQUEST).values(requested_by=asker, filter=said, images=0)
    number = await connection.scalar(request.returning(_REQUEST.c.reextraction_id))
    images = (
        select(col(RadiologyImage.image_id), literal(number, BigInteger))
        .join(
            RadiologyOccurrence,
            col(RadiologyOccurrence.radiology_occurrence_id) == col(RadiologyImage.radiology_occurrence_id),
        )
        .where(*await _conditions(connection, wanted.filter))
    )
    waiting = insert(_IMAGE).from_select(["image_id", "reextraction_id"], images).on_conflict_do_nothing()
    count = (await connection.execute(waiting)).rowcount
    row = await connection.execute(
        text(
            "UPDATE rcdm.reextraction SET images = :images WHERE reextraction_id = :number"
            " RETURNING *, images AS remaining"
        ),
        {"images": count, "number": number},
    )
    return Reextraction.model_validate(row.mappings().one())


async def _conditions(connection: AsyncConnection, wanted: OccurrenceFilter | None) -> list[ColumnElement[bool]]:
    """On images and their studies."""
    if wanted is not None:
        return image_conditions(wanted, None, await ready_for(connection, wanted))
    return [func.coalesce(col(RadiologyImage.extraction_rules), "") != extraction_rules(RENDERERS[-1])]


def _shown(row: Any) -> Reextraction:
    said = dict(row)
    wanted = OccurrenceFilter.model_validate_json(said["filter"]) if said["filter"] else None
    return Reextraction.model_validate(said | {"filter": wanted})

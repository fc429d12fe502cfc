"""Corrections: what would change, changing it, who changed what, and taking it back."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from chassis.auth.access import READERS, Calling, Hospitals, Role, may
from chassis.http.app import router
from chassis.http.paging import Cursor, Limit, Page
from chassis.service import Home
from services.catalog.corrections.apply import Outcome, Undone, correct, preview, refuse_hospital, undo
from services.catalog.corrections.history import CorrectionItem, list_corrections
from services.catalog.corrections.models import CorrectionRequest, UndoRequest
from services.catalog.corrections.targets import find_targets
from services.catalog.db import in_time, in_transaction

_Id = Annotated[int | None, Query(ge=1, le=2**63 - 1)]
_Series = Annotated[str | None, Query(max_length=64, description="Series Instance UID.")]


def correction_routes(home: Home) -> APIRouter:
    """Reading for those who search, correcting for stewards inside the hospitals they see."""
    routes, database = router("/api/v1/corrections", "corrections"), home.database

    @routes.post("")
    @may(Role.STEWARD)
    async def make(wanted: CorrectionRequest, caller: Calling) -> Outcome:
        """Correct planes and phases of images, or hospital, protocol and diagnosis of studies; all of it or nothing.

        Unless `dry_run` is false the answer only tells what would change.
        """
        refuse_hospital(wanted.values.said(), caller.hospitals)
        targets = await find_targets(database, wanted, caller.hospitals)
        with in_time():
            if wanted.dry_run:
                async with database.pool.acquire() as connection:
                    return await preview(connection, wanted, targets)
            return await in_transaction(
                database, lambda connection: correct(connection, wanted, targets, caller.hospitals, caller.subject)
            )

    @routes.get("")
    @may(*READERS)
    async def list_all(
        hospitals: Hospitals,
        occurrence: _Id = None,
        correction: _Id = None,
        series: _Series = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[CorrectionItem]:
        """A row for each study, series or image that was corrected, the last correction first."""
        with in_time():
            return await list_corrections(database, hospitals, occurrence, correction, series, limit, cursor)

    @routes.post("/{correction_id}/undo")
    @may(Role.STEWARD)
    async def take_back(
        correction_id: Annotated[int, Path(ge=1, le=2**63 - 1)], said: UndoRequest, caller: Calling
    ) -> Undone:
        """Take a whole correction back. 409 when somebody did so already."""
        with in_time():
            return await in_transaction(
                database,
                lambda connection: undo(connection, correction_id, caller.hospitals, caller.subject, said.reason),
            )

    return routes

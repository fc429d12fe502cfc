"""Reading images again: asking for it, and how far it is."""

from typing import Annotated

from fastapi import APIRouter, Path

from chassis.aio import Rounds
from chassis.auth.access import Calling, Role, may
from chassis.http.app import router
from chassis.http.paging import LARGEST_ID, Cursor, Limit, Page
from chassis.service import Home
from services.catalog.db import in_time
from services.catalog.reextraction.request import (
    Reextraction,
    ReextractionRequest,
    ask,
    find_reextraction,
    list_reextractions,
)


def reextraction_routes(home: Home, rounds: Rounds) -> APIRouter:
    """For operators of all hospitals."""
    routes, database = router("/api/v1/reextractions", "operators"), home.database

    @routes.post("", status_code=202, summary="Read images again")
    @may(Role.OPERATOR, everywhere=True)
    async def make(wanted: ReextractionRequest, caller: Calling) -> Reextraction:
        """By the rules of today, in the background, behind everything that is uploaded meanwhile.

        An image is replaced when it was read as a whole; corrections hold, frozen versions stay as they are.
        """
        found = await ask(database, wanted, caller.subject)
        rounds.wake()
        return found

    @routes.get("", summary="What was read again")
    @may(Role.OPERATOR, everywhere=True)
    async def list_all(limit: Limit = 50, cursor: Cursor = None) -> Page[Reextraction]:
        """The newest first."""
        with in_time():
            return await list_reextractions(database, limit, cursor)

    @routes.get("/{reextraction_id}", summary="How far reading again is")
    @may(Role.OPERATOR, everywhere=True)
    async def show(reextraction_id: Annotated[int, Path(ge=1, le=LARGEST_ID)]) -> Reextraction:
        """`finished_at` is null while images remain."""
        return await find_reextraction(database, reextraction_id)

    return routes

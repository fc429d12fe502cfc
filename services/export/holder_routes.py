"""HTTP of the question which versions hold a study, before it is deleted and after."""

from typing import Annotated

from fastapi import APIRouter, Query

from chassis.auth import READERS, Hospitals, may
from chassis.http import router
from chassis.paging import Cursor, Limit, Page
from chassis.service import Home
from services.export.deletions import Holder, list_holders
from services.export.routes import TAG


def holder_routes(home: Home) -> APIRouter:
    routes = router("/api/v1/dataset-versions", TAG)

    @routes.get("", summary="Versions that hold a study")
    @may(*READERS)
    async def holders(
        hospitals: Hospitals,
        study_instance_uid: Annotated[str, Query(min_length=1, max_length=64)],
        hospital: Annotated[
            str | None, Query(max_length=250, description="As it was when the version was made.")
        ] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Holder]:
        """The newest first, among those whose maker saw no hospital that the caller does not see."""
        return await list_holders(home.database, study_instance_uid, hospital, hospitals, limit, cursor)

    return routes

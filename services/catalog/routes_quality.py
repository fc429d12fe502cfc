"""GET /api/v1/quality: what had to be assumed."""

from collections.abc import Sequence

from fastapi import APIRouter

from chassis.auth import READERS, Hospitals, may
from chassis.http import router
from chassis.paging import Cursor, Limit, Page
from chassis.service import Home
from services.catalog.quality import Assumption, QualityCount, QualityItem, quality_counts, quality_items


def quality_routes(home: Home) -> APIRouter:
    """Only reading."""
    routes, database = router("/api/v1/quality", "quality"), home.database

    @routes.get("")
    @may(*READERS)
    async def get_counts(hospitals: Hospitals) -> Sequence[QualityCount]:
        """How often what was assumed about persons and studies."""
        return await quality_counts(database, hospitals)

    @routes.get("/{assumption}")
    @may(*READERS)
    async def list_items(
        assumption: Assumption, hospitals: Hospitals, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[QualityItem]:
        """The persons or studies of which it was assumed."""
        return await quality_items(database, hospitals, assumption, limit, cursor)

    return routes

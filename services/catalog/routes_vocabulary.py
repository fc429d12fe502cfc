"""GET /api/v1/vocabulary: which vocabulary is in use."""

from fastapi import APIRouter

from chassis.auth import READERS, may
from chassis.http import router
from chassis.service import Home
from services.catalog.vocabulary.status import VocabularyStatus, vocabulary_status


def vocabulary_routes(home: Home) -> APIRouter:
    """What is known of concepts."""
    routes = router("/api/v1", "vocabulary")

    @routes.get("/vocabulary")
    @may(*READERS)
    async def get_vocabulary() -> VocabularyStatus:
        """The vocabulary in use, and what rows name that it does not have. `rcdm vocabulary load` brings one."""
        return await vocabulary_status(home.database)

    return routes

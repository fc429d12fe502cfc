"""/api/v1/searchable-tags: which elements of the header are quick to search for, and how far they are."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from chassis.auth.access import READERS, Calling, Hospitals, Role, may
from chassis.http.app import router
from chassis.http.paging import Cursor, Limit, Page
from chassis.service import Home
from services.catalog.tags.indexer import SearchIndexer
from services.catalog.tags.models import SearchableTag, TagError
from services.catalog.tags.store import errors_of, find_tag, list_tags, make_searchable, take_back

Keyword = Annotated[
    str, Path(pattern="^[A-Za-z][A-Za-z0-9]{0,63}$", description="As the standard spells it, such as EchoTime.")
]


def tag_routes(home: Home, indexer: SearchIndexer) -> APIRouter:
    """Reading for those who search, changing for stewards of all hospitals: every image of all of them is read."""
    routes, database = router("/api/v1/searchable-tags", "searchable tags"), home.database

    @routes.get("")
    @may(*READERS)
    async def list_all(hospitals: Hospitals) -> Page[SearchableTag]:
        """All of them, by keyword."""
        return await list_tags(database, hospitals)

    @routes.get("/{keyword}")
    @may(*READERS)
    async def show(keyword: Keyword, hospitals: Hospitals) -> SearchableTag:
        """How far its job is."""
        return await find_tag(database, keyword, hospitals)

    @routes.get("/{keyword}/errors")
    @may(*READERS)
    async def list_errors(
        keyword: Keyword, hospitals: Hospitals, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[TagError]:
        """Images whose value is no number where one belongs: no comparison with a number finds them."""
        return await errors_of(database, keyword, hospitals, limit, cursor)

    @routes.put("/{keyword}", status_code=202, responses={200: {"model": SearchableTag, "description": "It was."}})
    @may(Role.STEWARD, everywhere=True)
    async def add(keyword: Keyword, caller: Calling, response: Response) -> SearchableTag:
        """Keep its values beside the studies: `tag=…` is then answered without reading headers."""
        is_new = await make_searchable(database, keyword, caller.subject)
        indexer.wake()
        response.status_code = 202 if is_new else 200
        return await find_tag(database, keyword, caller.hospitals)

    @routes.delete("/{keyword}", status_code=204)
    @may(Role.STEWARD, everywhere=True)
    async def remove(keyword: Keyword) -> Response:
        """Searches find the same as before, only more slowly."""
        await take_back(database, keyword)
        indexer.wake()
        return Response(status_code=204)

    return routes

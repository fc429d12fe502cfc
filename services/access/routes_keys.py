"""HTTP of keys: for admins of all hospitals, since a key made here could open everything."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from chassis.auth import Calling, Role, may
from chassis.http import router
from chassis.paging import Cursor, Limit, Page, read_cursor, write_cursor
from services.access.keys import Keys
from services.access.models import KeyItem, KeyRequest, MadeKey

KeyId = Annotated[str, Path(pattern="^[0-9a-f]{12}$", description="The public part of a key.")]
_MISSING: dict[int | str, dict[str, Any]] = {404: {"description": "No such key; problem+json."}}


def key_routes(keys: Keys) -> APIRouter:
    routes = router("/api/v1/keys", "callers")

    @routes.post("", status_code=201, summary="Make a key")
    @may(Role.ADMIN, everywhere=True)
    async def make(wanted: KeyRequest, request: Request, caller: Calling) -> MadeKey:
        """The answer shows the key, this once. It counts within a second, in every process."""
        return await keys.make(request, caller, wanted)

    @routes.get("", summary="Keys")
    @may(Role.ADMIN, everywhere=True)
    async def page(limit: Limit = 50, cursor: Cursor = None) -> Page[KeyItem]:
        """All keys there ever were, by their public ids."""
        after = str(read_cursor(cursor, 1)[0]) if cursor else ""
        items, total = await keys.page(after, limit)
        return Page(items=items, next=write_cursor([items[-1].key_id]) if len(items) == limit else None, total=total)

    @routes.delete("/{key_id}", summary="Revoke a key", responses=_MISSING)
    @may(Role.ADMIN, everywhere=True)
    async def revoke(key_id: KeyId, request: Request, caller: Calling) -> KeyItem:
        """It is refused within 45 seconds in every process, its browser sessions too."""
        return await keys.revoke(request, caller, key_id)

    return routes

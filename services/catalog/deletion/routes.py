"""Deletions: what would go, letting it go, the tombstones, and letting a study come again."""

from typing import Annotated

from fastapi import APIRouter, Path

from chassis.auth.access import Calling, Hospitals, Role, may
from chassis.http.app import router
from chassis.http.paging import Cursor, Limit, Page
from chassis.messaging.outbox import Outbox
from chassis.service import Home
from services.catalog.db import in_time, in_transaction
from services.catalog.deletion.delete import Deleted, DeletionRequest, LiftRequest, delete, extent, lift
from services.catalog.deletion.store import Deletion, list_deletions


def deletion_routes(home: Home, outbox: Outbox) -> APIRouter:
    """For stewards, inside the hospitals they see."""
    routes, database = router("/api/v1/deletions", "deletions"), home.database

    @routes.post("")
    @may(Role.STEWARD)
    async def make(wanted: DeletionRequest, caller: Calling) -> Deleted:
        """Delete a study: rows at once, bytes and pictures soon after; a tombstone stays and keeps it from coming back.

        Unless `dry_run` is false the answer only tells what would go. Versions of data sets that hold it are told by
        `GET /api/v1/dataset-versions?study_instance_uid=…`, before and after.
        """
        with in_time():
            if wanted.dry_run:
                async with database.pool.acquire() as connection:
                    found = await extent(connection, wanted.radiology_occurrence_id, caller.hospitals)
                    return Deleted(dry_run=True, deletion=None, study=found)
            deleted = await in_transaction(
                database, lambda connection: delete(connection, outbox, wanted, caller.hospitals, caller.subject)
            )
        outbox.wake()
        return deleted

    @routes.get("")
    @may(Role.STEWARD)
    async def list_all(hospitals: Hospitals, limit: Limit = 50, cursor: Cursor = None) -> Page[Deletion]:
        """The last deletion first."""
        return await list_deletions(database, hospitals, limit, cursor)

    @routes.post("/{deletion_id}/lift")
    @may(Role.STEWARD)
    async def let_come_again(
        deletion_id: Annotated[int, Path(ge=1, le=2**63 - 1)], said: LiftRequest, caller: Calling
    ) -> Deletion:
        """The study is taken again when somebody sends it; what was deleted stays gone. 409 until it is purged."""
        with in_time():
            lifted = await in_transaction(
                database,
                lambda connection: lift(connection, outbox, deletion_id, caller.hospitals, caller.subject, said.reason),
            )
        outbox.wake()
        return lifted

    return routes

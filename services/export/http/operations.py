"""HTTP of operations: how far one is, as it changes, and to cancel it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from chassis.auth.access import READERS, Calling, Hospitals, may
from chassis.db.database import Database
from chassis.http.app import router
from services.export import operations
from services.export.build.worker import Builder
from services.export.models import Operation
from services.export.versions import refuse_stranger

_LOOK_SECONDS = 0.5
_SILENCE_LOOKS = 30  # then a comment line, so that nobody in between takes the connection for dead


_MISSING: dict[int | str, dict[str, Any]] = {404: {"description": "There is none; problem+json."}}
_ENDED: dict[int | str, dict[str, Any]] = {409: {"description": "It has ended already; problem+json."}}


def operation_routes(database: Database, builder: Builder) -> APIRouter:
    routes = router("/api/v1/operations", "operations")

    @routes.get("/{operation_id}", summary="An operation", responses=_MISSING)
    @may(*READERS)
    async def show(operation_id: UUID, hospitals: Hospitals) -> Operation:
        """Its state and how many pictures are done."""
        return await operations.find_operation(database, operation_id, hospitals)

    @routes.get(
        "/{operation_id}/events",
        summary="An operation as it changes",
        response_class=StreamingResponse,
        responses=_MISSING
        | {200: {"content": {"text/event-stream": {}}, "description": "One event per change, until it ends."}},
    )
    @may(*READERS)
    async def events(operation_id: UUID, hospitals: Hospitals) -> StreamingResponse:
        """Server-sent events, each the operation as JSON; the stream ends with its final state."""
        first = await operations.find_operation(database, operation_id, hospitals)
        return StreamingResponse(
            _changes(database, first, hospitals), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    @routes.delete("/{operation_id}", summary="Cancel an operation", responses=_MISSING | _ENDED)
    @may(*READERS)
    async def cancel(operation_id: UUID, caller: Calling) -> Operation:
        """A running build stops within a second and what it stored is removed. 409: it has ended already."""
        await operations.find_operation(database, operation_id, caller.hospitals)
        await refuse_stranger(database, caller, operation_id)
        operation = await operations.cancel(database, operation_id)
        await builder.wake()
        return operation

    return routes


async def _changes(database: Database, operation: Operation, hospitals: frozenset[str] | None) -> AsyncIterator[str]:
    yield _event(operation)
    silent = 0
    while not operation.is_final:
        await asyncio.sleep(_LOOK_SECONDS)
        now = await operations.find_operation(database, operation.operation_id, hospitals)
        silent = silent + 1 if now == operation else 0
        if now != operation:
            yield _event(now)
        elif silent % _SILENCE_LOOKS == 0:
            yield ": still here\n\n"
        operation = now


def _event(operation: Operation) -> str:
    return f"data: {operation.model_dump_json()}\n\n"

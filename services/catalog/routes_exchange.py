"""Mappings go out to other programs as a file, and come in from them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import StreamingResponse

from chassis.auth import Caller, Role, caller_of, may
from chassis.errors import TooLarge
from chassis.http import router
from chassis.service import Home
from services.catalog.exchange.exporting import Format, mapping_file
from services.catalog.exchange.importing import MOST_DIAGNOSES, Imported, take_file

_LARGEST_BYTES = 32 << 20
_TEXT = {"text/csv": {"schema": {"type": "string"}}}


def exchange_routes(home: Home) -> APIRouter:
    """For stewards of all hospitals: a file holds the diagnoses of all."""
    routes, database = router("/api/v1/diagnoses", "diagnoses"), home.database

    @routes.get("/export", response_class=StreamingResponse, responses={200: {"content": _TEXT}})
    @may(Role.STEWARD, everywhere=True)
    async def export(
        file_format: Annotated[Format, Query(alias="format", description="Whose columns.")] = "usagi",
    ) -> StreamingResponse:
        """All mappings as Usagi saves them, or those that are approved as source_to_concept_map."""
        lines = await mapping_file(database, file_format)
        name = f"rcdm-{file_format}.csv"
        return StreamingResponse(
            (line.encode() for line in lines), media_type="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )  # fmt: skip

    @routes.post("/import", openapi_extra={"requestBody": {"required": True, "content": _TEXT}})
    @may(Role.STEWARD, everywhere=True)
    async def take(
        request: Request,
        caller: Annotated[Caller, Depends(caller_of)],
        dry_run: Annotated[bool, Query(description="Only say what would come of it.")] = False,
        replace: Annotated[bool, Query(description="Also where a person here said something else.")] = False,
    ) -> Imported:
        """Mappings from a file of either kind; its header says which."""
        return await take_file(database, await _body(request), caller.subject, dry_run, replace)

    return routes


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BYTES:
            raise TooLarge(
                f"A file of mappings has at most {_LARGEST_BYTES >> 20} MiB and {MOST_DIAGNOSES:,} diagnoses: cut it.",
                limit=_LARGEST_BYTES,
            )
    return bytes(body)

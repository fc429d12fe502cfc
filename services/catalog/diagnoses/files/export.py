"""Mappings as a file: Usagi's with everything the page shows, source_to_concept_map with what is approved."""

from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import StreamingResponse

from chassis.auth.access import Caller, Role, caller_of, may
from chassis.db.database import Database
from chassis.errors import TooLarge
from chassis.http.app import router
from chassis.service import Home
from services.catalog.diagnoses.files.import_ import MOST_DIAGNOSES, Imported, take_file
from services.catalog.diagnoses.files.source_to_concept_map import map_lines
from services.catalog.diagnoses.files.usagi import usagi_lines
from services.catalog.diagnoses.store import every_diagnosis

Format = Literal["usagi", "source_to_concept_map"]

_LARGEST_BYTES = 32 << 20
_TEXT = {"text/csv": {"schema": {"type": "string"}}}


async def mapping_file(database: Database, file_format: Format) -> Iterator[str]:
    """Lines, of the diagnoses of all hospitals."""
    if file_format == "usagi":
        items = await every_diagnosis(database)
        codes = await database.pool.fetch(
            "SELECT radiology_condition_id, rcdm.map_code(source_text, source_code) FROM rcdm.radiology_condition"
            " WHERE radiology_condition_id = ANY($1)",
            [item.radiology_condition_id for item in items],
        )
        return usagi_lines(items, dict(codes))
    return map_lines(
        await database.pool.fetch(
            "SELECT * FROM cdm.source_to_concept_map WHERE source_vocabulary_id = 'rcdm'"
            " OR source_vocabulary_id LIKE 'rcdm %' ORDER BY source_vocabulary_id, source_code, target_concept_id"
        )
    )


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

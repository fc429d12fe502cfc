"""Uploads over HTTP: open, fill, watch."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from chassis.auth.access import SENDERS, Calling, Role, may
from chassis.errors import BadRequest, NotFound, UnsupportedMedia
from chassis.http.paging import Cursor, Limit, Page
from chassis.ids import uuid7
from services.ingest import ledger
from services.ingest.http.body import Body, ReceivingRoute, parameters
from services.ingest.http.models import (
    Check,
    Fields,
    FileAnswer,
    Known,
    Progress,
    UploadAnswer,
    fields_of,
    status_of,
    upload_answer,
)
from services.ingest.http.multipart import Part
from services.ingest.http.receiver import Receiver, batches, clean
from services.ingest.ledger import Sees, Upload
from services.ingest.outcomes import Outcome, OutcomeKind, Received, Secured
from services.ingest.progress import files_page, progress_of, uploads_page
from services.ingest.store import Door

_FORM = "multipart/form-data"
_ONE_FILE = ("application/dicom", "application/zip", "application/x-zip-compressed", "application/octet-stream")
_FIELD_BYTES = 8 << 10
_POLL_SECONDS = 0.5
_WATCHERS = (*SENDERS, Role.OPERATOR)
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FORM_SCHEMA = {
    "type": "object",
    "properties": {
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
        **{name: {"type": "string", "description": said.description} for name, said in Fields.model_fields.items()},
    },
}
_BODY: dict[str, Any] = {
    "requestBody": {"content": {_FORM: {"schema": _FORM_SCHEMA}, **dict.fromkeys(_ONE_FILE, _BINARY)}}
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": UploadAnswer, "description": "All of it was here already."},
    201: {"model": UploadAnswer, "description": "Something new was stored, or an upload was opened."},
    400: {"description": "Not a usable request; problem+json."},
    413: {"description": "A limit, named; problem+json."},
    415: {"description": "A content type we do not read; problem+json."},
    422: {"model": UploadAnswer, "description": "Every file was refused."},
    503: {"description": "The bytes cannot be made durable now; send again after Retry-After; problem+json."},
}
_MISSING: dict[int | str, dict[str, Any]] = {404: {"description": "No such upload; problem+json."}}


def upload_routes(door: Door, receiver: Receiver) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/uploads", tags=["uploads"], route_class=ReceivingRoute)
    pool, settings = door.database.pool, receiver.settings

    @routes.post("", status_code=201, responses=_ANSWERS, openapi_extra=_BODY, response_model_exclude_none=True)
    @may(*SENDERS)
    async def create_upload(
        request: Request, response: Response, caller: Calling, said: Annotated[Fields, Query()]
    ) -> UploadAnswer:
        """Store files, DICOM or ZIP archives of them; without files: open an upload to be filled."""
        body, form = Body(request, settings), _Form()
        async with door.request() as acceptance:
            secured: list[Secured] = []
            async with aclosing(batches(receiver.unpacked(_files(receiver, body, form)))) as arriving:
                async for batch in arriving:
                    secured += await acceptance.secure(batch)
            # Rows wait for the whole body: a field may come behind the files it speaks of.
            fields = fields_of(said, form.fields)
            hospital = caller.hospital(fields.hospital, settings.hospital)
            upload = Upload(uuid7(), **{**fields.model_dump(), "hospital": hospital}, made_by=caller.subject)
            return _answer(response, upload, await acceptance.record(upload, secured))

    @routes.post("/{upload_id}/files", responses=_ANSWERS | _MISSING, openapi_extra=_BODY,
                 status_code=201, response_model_exclude_none=True)  # fmt: skip
    @may(*SENDERS)
    async def add_files(upload_id: UUID, request: Request, response: Response, sight: Sees) -> UploadAnswer:
        """Store more files in an upload; what it says of its files holds for these too."""
        body, form = Body(request, settings), _Form(closed=True)
        upload = await ledger.find_upload(pool, upload_id, sight)
        if upload is None:
            raise NotFound("There is no such upload.", upload_id=str(upload_id))
        async with door.request() as acceptance:
            arriving = receiver.unpacked(_files(receiver, body, form))
            outcomes = await acceptance.take(upload, arriving, at_once=body.must_match)
        if not outcomes:
            raise BadRequest("The body holds no file.")
        return _answer(response, upload, outcomes)

    @routes.post("/check")
    @may(*SENDERS)
    async def check_digests(check: Check, caller: Calling) -> Known:
        """Which files of these digests a hospital has already: one of the caller's."""
        if not all(re.fullmatch("[0-9a-f]{64}", digest) for digest in check.sha256):
            raise BadRequest("A digest is 64 hex digits in lower case.", parameter="sha256")
        hospital = caller.hospital(check.hospital or "", settings.hospital)
        return Known(known=sorted(await ledger.digests_kept(pool, check.sha256, hospital)))

    @routes.get("")
    @may(*_WATCHERS)
    async def list_uploads(sight: Sees, limit: Limit = 50, cursor: Cursor = None) -> Page[Progress]:
        """Uploads, newest first; a bridge's own."""
        return await uploads_page(pool, sight, limit, cursor)

    @routes.get("/{upload_id}", responses=_MISSING)
    @may(*_WATCHERS)
    async def show_upload(upload_id: UUID, sight: Sees) -> Progress:
        """How far an upload is."""
        return await progress_of(pool, upload_id, sight)

    @routes.get("/{upload_id}/files", responses=_MISSING)
    @may(*SENDERS)  # names of files may be names of people: no operator reads them
    async def list_files(
        upload_id: UUID, sight: Sees, outcome: OutcomeKind | None = None, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[FileAnswer]:
        """An upload's files in the order received, with the reason of each refusal."""
        return await files_page(pool, upload_id, sight, outcome, limit, cursor)

    async def existing(upload_id: UUID, sight: Sees) -> Progress:
        return await progress_of(pool, upload_id, sight)

    @routes.get("/{upload_id}/events", response_class=EventSourceResponse, responses=_MISSING)
    @may(*_WATCHERS)
    async def watch_upload(
        first: Annotated[Progress, Depends(existing)], sight: Sees
    ) -> AsyncIterator[ServerSentEvent]:
        """The counts as they change (events `counts`), then `done`, then the end."""
        seen: Progress | None = None
        latest = first
        while True:
            if latest != seen:
                seen = latest
                yield ServerSentEvent(event="counts", data=latest)
            if latest.done:
                yield ServerSentEvent(event="done", data=latest)
                return
            await asyncio.sleep(_POLL_SECONDS)
            latest = await progress_of(pool, first.upload_id, sight)

    return routes


@dataclass
class _Form:
    """The fields of a form as they come; a closed form takes none."""

    closed: bool = False
    fields: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, part: Part) -> None:
        if name not in Fields.model_fields:
            raise BadRequest(f"Unknown form field: {clean(name)[:100]!r}. Files go into parts named files.", field=name)
        if self.closed:
            raise BadRequest(f"{name} was said when the upload was opened.", field=name)
        if name in self.fields:
            raise BadRequest(f"{name} is there twice.", field=name)
        if part.body.size > _FIELD_BYTES:
            raise BadRequest(f"{name} is too long.", field=name)
        try:
            self.fields[name] = part.body.read(bytes).decode()
        except UnicodeDecodeError:
            raise BadRequest(f"{name} is not UTF-8.", field=name) from None


async def _files(receiver: Receiver, body: Body, form: _Form) -> AsyncIterator[Received]:
    if body.kind in _ONE_FILE:
        yield await receiver.one_file(body)
        return
    if body.kind != _FORM:
        raise UnsupportedMedia(f"Send {_FORM}, or one file as {', '.join(_ONE_FILE)}.")
    async for part in receiver.parts(body):
        _, said = parameters(part.headers.get("content-disposition", ""))
        name, sent_as = said.get("name", ""), clean(said.get("filename", ""))
        if name != "files":
            form.add(name, part)
        elif sent_as or part.body.size:  # a browser's file input with nothing chosen sends neither
            yield Received(sent_as, part.body)


def _answer(response: Response, upload: Upload, outcomes: list[Outcome]) -> UploadAnswer:
    answer = upload_answer(upload, outcomes)
    response.status_code = status_of(answer)
    return answer

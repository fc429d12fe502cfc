"""STOW-RS (PS3.18 10.5): store instances; the answer is a Store Instances Response Module (PS3.18 I.2)."""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from chassis.auth.access import SENDERS, Caller, Calling, may, public
from chassis.errors import BadRequest, NotAcceptable, UnsupportedMedia
from chassis.http.app import problem, request_id
from chassis.ids import uuid7
from imaging.dicom.uids import is_uid
from services.ingest.http.body import Body, ReceivingRoute, parameters
from services.ingest.http.models import Fields, fields_of
from services.ingest.http.receiver import Receiver, file_name
from services.ingest.ledger import Upload
from services.ingest.outcomes import Outcome, OutcomeKind, Reason, ReasonCode, Received, failure_reason
from services.ingest.store import Door

_SOP_CLASS, _SOP_INSTANCE, _RETRIEVE_URL = "00081150", "00081155", "00081190"
_WARNING_REASON, _FAILURE_REASON, _FAILED, _REFERENCED = "00081196", "00081197", "00081198", "00081199"
DOES_NOT_MATCH_CLASS = 0xB007  # PS3.18 Table I.2-2: a warning, the instance is stored

Dataset = dict[str, Any]

DICOM, DICOM_JSON = "application/dicom", "application/dicom+json"
_RELATED = "multipart/related"
_ANSWERED_WITH = (DICOM_JSON, "application/json", "application/*", "*/*")
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {f"{_RELATED}; type={DICOM}": _BINARY, DICOM: _BINARY}}
}
_Hospital = Annotated[str, Query(max_length=50, description="Where the images come from.")]


def stow_answer(base: str, outcomes: Sequence[Outcome]) -> Dataset:
    """`base` is the public address of our DICOMweb root, without a slash at its end."""
    kept = [outcome for outcome in outcomes if outcome.kind is not OutcomeKind.REFUSED]
    failed = [outcome for outcome in outcomes if outcome.kind is OutcomeKind.REFUSED]
    studies = {outcome.header.study_instance_uid for outcome in kept if outcome.header}
    answer: Dataset = {}
    if len(studies) == 1:
        answer[_RETRIEVE_URL] = _element("UR", f"{base}/studies/{studies.pop()}")
    if failed:
        answer[_FAILED] = _element("SQ", *(_failed(outcome) for outcome in failed))
    if kept:
        answer[_REFERENCED] = _element("SQ", *(_referenced(base, outcome) for outcome in kept))
    return answer


def status_of(kept: int, received: int) -> int:
    """PS3.18 Table 10.5.3-1; a warning does not change it, since senders take all but 200 for a failure."""
    if kept == received:
        return 200
    return 202 if kept else 409


def _referenced(base: str, outcome: Outcome) -> Dataset:
    header = outcome.header
    assert header is not None
    study, series = header.study_instance_uid, header.series_instance_uid
    address = f"{base}/studies/{study}/series/{series}/instances/{header.sop_instance_uid}"
    warned = {_WARNING_REASON: _element("US", DOES_NOT_MATCH_CLASS)} if header.warnings else {}
    return {**_reference(outcome), _RETRIEVE_URL: _element("UR", address), **warned}


def _failed(outcome: Outcome) -> Dataset:
    assert outcome.reason is not None
    return {**_reference(outcome), _FAILURE_REASON: _element("US", failure_reason(outcome.reason.code))}


def _reference(outcome: Outcome) -> Dataset:
    """Both attributes are type 1 or 2 of every item: empty where the file did not tell."""
    header = outcome.header
    if header is None:
        return {_SOP_CLASS: _element("UI"), _SOP_INSTANCE: _element("UI")}
    return {_SOP_CLASS: _element("UI", header.sop_class_uid), _SOP_INSTANCE: _element("UI", header.sop_instance_uid)}


def _element(vr: str, *values: Any) -> Dataset:
    return {"vr": vr, "Value": list(values)} if values else {"vr": vr}


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "All instances are stored, or were here already.", "content": {DICOM_JSON: {}}},
    202: {"description": "Some are stored; FailedSOPSequence tells of the others.", "content": {DICOM_JSON: {}}},
    400: {"description": "Not a usable request; problem+json."},
    406: {"description": "An answer in a form we do not write; problem+json."},
    409: {"description": "None is stored.", "content": {DICOM_JSON: {}}},
    413: {"description": "A limit, named; problem+json."},
    415: {"description": "A content type we do not read; problem+json."},
    503: {"description": "The bytes cannot be made durable now; send again after Retry-After; problem+json."},
}


def stow_routes(door: Door, receiver: Receiver) -> APIRouter:
    routes = APIRouter(prefix="/dicom-web/studies", tags=["DICOMweb"], route_class=ReceivingRoute)

    async def store(request: Request, caller: Caller, hospital: str, study: str | None) -> Response:
        _refuse_unless_acceptable(request)
        if study is not None and not is_uid(study):
            raise BadRequest("The study in the address is no UID.")
        body = Body(request, receiver.settings)
        files = _files(receiver, body)
        named = fields_of(Fields(), {"hospital": hospital}).hospital
        place = caller.hospital(named, receiver.settings.hospital)
        upload = Upload(uuid7(), place, made_by=caller.subject)
        async with door.request() as acceptance:
            outcomes = await acceptance.take(upload, files, study, at_once=body.must_match)
        if not outcomes:
            raise BadRequest("The body holds no instance.")
        return _answer(request, receiver.settings.public_url, upload, outcomes)

    @routes.post("", responses=_ANSWERS, openapi_extra=_BODY)
    @may(*SENDERS)
    async def store_instances(request: Request, caller: Calling, hospital: _Hospital = "") -> Response:
        """Store instances of any studies (STOW-RS)."""
        return await store(request, caller, hospital, None)

    @routes.post("/{study}", responses=_ANSWERS, openapi_extra=_BODY)
    @may(*SENDERS)
    async def store_instances_of_study(
        study: str, request: Request, caller: Calling, hospital: _Hospital = ""
    ) -> Response:
        """Store instances of one study (STOW-RS); others are refused one by one."""
        return await store(request, caller, hospital, study)

    @routes.api_route("", methods=["PUT", "DELETE", "PATCH"], include_in_schema=False)
    @public
    async def not_on_studies(request: Request) -> Response:
        return _not_allowed(request)

    @routes.api_route("/{study}", methods=["PUT", "DELETE", "PATCH"], include_in_schema=False)
    @public
    async def not_on_study(study: str, request: Request) -> Response:
        return _not_allowed(request)

    return routes


async def _files(receiver: Receiver, body: Body) -> AsyncIterator[Received]:
    if body.kind == DICOM:
        yield await receiver.one_file(body)
        return
    kind = parameters(body.content_type)[1].get("type", DICOM).lower()
    if body.kind != _RELATED or kind != DICOM:
        raise UnsupportedMedia(f'Send {_RELATED}; type="{DICOM}" with one part per instance, or one {DICOM}.')
    async for part in receiver.parts(body):
        said = part.headers.get("content-length", "")
        wrong = said.isdigit() and int(said) != part.body.size
        reason = Reason(ReasonCode.WRONG_SIZE, "The part has another size than its Content-Length.") if wrong else None
        yield Received(file_name(part.headers.get("content-disposition", "")), part.body, reason)


def _refuse_unless_acceptable(request: Request) -> None:
    """RFC 9110 12.5.1, for the one form we write. None said means any."""
    ranges = ",".join(request.headers.getlist("accept")) or "*/*"
    for one in ranges.split(","):
        kind, said = parameters(one)
        if kind in _ANSWERED_WITH and not re.fullmatch(r"0(\.0*)?", said.get("q", "1")):
            return
    raise NotAcceptable(f"The answer is {DICOM_JSON}; accept that.")


def _answer(request: Request, public_url: str, upload: Upload, outcomes: list[Outcome]) -> Response:
    base = (public_url or str(request.base_url)).rstrip("/") + "/dicom-web"
    kept = sum(outcome.kind is not OutcomeKind.REFUSED for outcome in outcomes)
    return JSONResponse(
        stow_answer(base, outcomes),
        status_of(kept, len(outcomes)),
        {"X-Upload-Id": str(upload.upload_id)},
        media_type=DICOM_JSON,
    )


def _not_allowed(request: Request) -> Response:
    detail = "Objects are stored by POST and read by GET; they are never replaced or deleted here."
    answer = problem(405, "Method not allowed", detail, request_id(request))
    answer.headers["Allow"] = "GET, POST"
    return answer

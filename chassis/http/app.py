"""What every HTTP answer has in common: problem+json, request ids, strict query parameters, security headers."""

import re
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any, get_args, get_origin

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from chassis import errors
from chassis.auth.access import rule_of
from chassis.auth.openapi import described
from chassis.auth.session import LINK
from chassis.messaging.consumer import is_passing
from chassis.telemetry.metrics import REQUESTS, log

PROBLEM = "application/problem+json"
RETRY_SECONDS = 5
REQUEST_ID = "x-request-id"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OF_PATIENTS = ("/api/v1/", "/dicom-web/")

_STATUS: Sequence[tuple[type[errors.RcdmError], int]] = (
    (errors.BadRequest, 400),
    (errors.Unauthorized, 401),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.NotAcceptable, 406),
    (errors.Conflict, 409),
    (errors.Gone, 410),
    (errors.TooLarge, 413),
    (errors.UnsupportedMedia, 415),
    (errors.BadRange, 416),
    (errors.Refused, 422),
    (errors.Unavailable, 503),
)
_SECURITY = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"content-security-policy": b"default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    b"frame-ancestors 'none'",
}


_SHAPE = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence, with what to do next."},
        "request_id": {"type": "string"},
    },
}
# Stated for all routes: refusals and failures have one shape.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Refused; the detail says why.", "content": {PROBLEM: {"schema": _SHAPE}}},
    "5XX": {"description": "Failed; 503 says when to try again.", "content": {PROBLEM: {"schema": _SHAPE}}},
}


class StrictRoute(APIRoute):
    """A route that asks who calls before anything of the body is read (reliability A21), and refuses query parameters
    it does not know, or of which it would use one of several values: a filter ignored is a wrong cohort.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **said: Any) -> None:
        super().__init__(path, endpoint, **{**said, "openapi_extra": described(endpoint, said.get("openapi_extra"))})

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()
        known, rule = _query_params(self.dependant), rule_of(self.endpoint)

        async def strict(request: Request) -> Response:
            assert rule is not None, "the host starts with decided routes only"
            await request.app.state.gate.admit(request, rule)
            unknown = sorted(set(request.query_params) - known.keys() - ({LINK} if rule.by_link else set()))
            if unknown:
                raise errors.BadRequest(
                    f"Unknown query parameter: {', '.join(unknown)}. Known here: {', '.join(sorted(known)) or 'none'}.",
                    unknown=unknown,
                )
            _refuse_nul(request)
            twice = [name for name, many in known.items() if not many and len(request.query_params.getlist(name)) > 1]
            if twice:
                raise errors.BadRequest(f"Give {', '.join(twice)} once.", repeated=twice)
            return await handle(request)

        return strict


def router(prefix: str, tag: str) -> APIRouter:
    """A router whose routes refuse unknown query parameters."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=StrictRoute)


def problem(status: int, title: str, detail: str, request_id: str, **facts: Any) -> JSONResponse:
    """One shape of error (RFC 9457)."""
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": request_id,
        **facts,
    }
    headers = {"Retry-After": str(RETRY_SECONDS + secrets.randbelow(6))} if status in (429, 503) else {}
    if status in (401, 403):  # RFC 6750 3
        error = f', error="{facts["error"]}"' if "error" in facts else ""
        headers["WWW-Authenticate"] = f'Bearer realm="rcdm"{error}'
    return JSONResponse(body, status, media_type=PROBLEM, headers=headers)


def status_of(error: errors.RcdmError) -> int:
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def add_error_handlers(app: FastAPI) -> None:
    """Every error of ours, of FastAPI's and of nobody's in the one shape."""

    @app.exception_handler(errors.RcdmError)
    async def ours(request: Request, error: errors.RcdmError) -> Response:
        return problem(status_of(error), error.title, error.detail, request_id(request), **error.facts)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        places = [{"where": ".".join(map(str, e["loc"])), "what": e["msg"]} for e in error.errors()]
        detail = "; ".join(f"{place['where']}: {place['what']}" for place in places)
        return problem(400, "Bad request", detail, request_id(request), errors=places)

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        answer = problem(error.status_code, HTTPStatus(error.status_code).phrase, error.detail, request_id(request))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> Response:
        if is_passing(error):
            return problem(503, "Temporarily unavailable", "Try again shortly.", request_id(request))
        detail = "This is our fault, not yours. Report the request id to the operator."
        return problem(500, "Internal error", detail, request_id(request))


def request_id(request: Request) -> str:
    return str(request.scope.get("rcdm_request_id", ""))


class Envelope:
    """Around every answer: a request id, security headers, one number and, for failures, one log line."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(REQUEST_ID.encode(), b"").decode("latin-1")
        rid = given if re.fullmatch(r"[A-Za-z0-9._-]{8,64}", given) else secrets.token_hex(8)
        scope["rcdm_request_id"] = rid
        started = time.monotonic()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(message, rid, scope["path"])
                _count(scope, message["status"], time.monotonic() - started)
            await send(message)

        with bound_contextvars(request_id=rid):
            await self._app(scope, receive, answer)


def _add_headers(message: Message, rid: str, path: str) -> None:
    present = {name.lower() for name, _ in message["headers"]}
    # What the API tells comes from patients, and for one caller: nobody on the way keeps it (reliability F9).
    caching = {b"cache-control": b"no-store"} if path.startswith(_OF_PATIENTS) else {}
    extra = {REQUEST_ID.encode(): rid.encode(), **_SECURITY, **caching}
    message["headers"] = [*message["headers"], *((k, v) for k, v in extra.items() if k not in present)]


def _count(scope: Scope, status: int, seconds: float) -> None:
    # The route's template, never the path: a path may name a study. A caller may invent methods, too.
    route = getattr(scope.get("route"), "path", "none")
    method = scope["method"] if scope["method"] in _METHODS else "other"
    REQUESTS.labels(method, route, status).observe(seconds)
    if status >= 500 and route != "/readyz":  # what is missing there is no failure of the request
        log.error("request failed", method=method, route=route, status=status)


def _query_params(dependant: Any) -> dict[str, bool]:
    """The parameters of a route and of what it depends on, as the client writes them, and whether they may repeat."""
    found: dict[str, bool] = {}
    for param in dependant.query_params:
        model = param.field_info.annotation
        fields = getattr(model, "model_fields", None)
        # A pydantic model as one Query parameter stands for its fields.
        said = {f.alias or name: f.annotation for name, f in fields.items()} if fields else {param.alias: model}
        found |= {name: _is_list(annotation) for name, annotation in said.items()}
    for inner in dependant.dependencies:
        found |= _query_params(inner)
    return found


def _is_list(annotation: Any) -> bool:
    kind = get_origin(annotation)
    return kind in (list, tuple, set, frozenset, Sequence) or any(_is_list(part) for part in get_args(annotation))


def _refuse_nul(request: Request) -> None:
    """PostgreSQL knows no U+0000, so nothing we keep can be meant by it."""
    for name, value in (*request.query_params.multi_items(), *request.path_params.items()):
        if "\0" in value:
            raise errors.BadRequest(f"{name}: a NUL character stands in nothing we keep.", parameter=name)

"""Large bodies over HTTP as RFC 9110 wants them: validators, one byte range, and nothing for who has it already."""

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from chassis.errors import BadRange
from chassis.http.app import problem, request_id

# What `read(start, length)` gives: exactly that part of the body, in chunks.
Reader = Callable[[int, int], AsyncGenerator[bytes, None]]

_ONE_RANGE = re.compile(r"bytes\s*=\s*(\d{0,20})\s*-\s*(\d{0,20})\s*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Body:
    """A body of known size. `sha256` (hexadecimal, of exactly these bytes) becomes its ETag."""

    size: int
    sha256: str
    media_type: str
    read: Reader
    file_name: str | None = None  # offered for saving under this name

    @property
    def etag(self) -> str:
        return f'"{self.sha256}"'


def wanted_range(header: str | None, size: int) -> tuple[int, int] | None:
    """(start, length) of the one range asked for; None: send everything. Raises BadRange when it lies outside.

    RFC 9110 14.2 lets a server ignore what it does not understand: other units, several ranges, rubbish.
    """
    found = _ONE_RANGE.fullmatch(header or "")
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        raise BadRange(f"The body has {size} bytes.", size=size)
    return start, end - start


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has this body already (RFC 9110 13.1.2, weak comparison)."""
    if if_none_match is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in tags or etag in tags


class StreamedAnswer(StreamingResponse):
    """Chunks are closed when the answer ends: sent whole, its client gone in the middle, or before the first byte."""

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        first: bytes,
        status: int,
        headers: Mapping[str, str],
        media_type: str,
    ) -> None:
        super().__init__(_rest(first, chunks), status, headers, media_type)
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._chunks):
            await super().__call__(scope, receive, send)


async def send_body(request: Request, body: Body) -> Response:
    """200 with everything, 206 with the range asked for, 304 or 416. Reading starts before the answer does.

    So a body that turns out to be missing is still an error of its own and not a broken download.
    """
    headers = _headers(body)
    if is_known(request.headers.get("if-none-match"), body.etag):
        return Response(status_code=304, headers=headers)
    try:
        part = wanted_range(_valid_range(request, body.etag), body.size)
    except BadRange as error:
        answer = problem(416, error.title, error.detail, request_id(request), **error.facts)
        answer.headers["Content-Range"] = f"bytes */{body.size}"
        return answer
    start, length = part or (0, body.size)
    if part:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{body.size}"
    headers["Content-Length"] = str(length)
    status = 206 if part else 200
    if request.method == "HEAD" or length == 0:
        return Response(status_code=status, headers=headers, media_type=body.media_type)
    chunks = body.read(start, length)
    return StreamedAnswer(chunks, await anext(chunks), status, headers, body.media_type)


def _headers(body: Body) -> dict[str, str]:
    # Kept by nobody but who asked, and by no browser's cache either: these come from patients (reliability F9).
    found = {"ETag": body.etag, "Accept-Ranges": "bytes", "Cache-Control": "no-store"}
    if body.file_name:
        found["Content-Disposition"] = f'attachment; filename="{body.file_name}"'
    return found


def _valid_range(request: Request, etag: str) -> str | None:
    """The Range header, unless If-Range says the client's part is of another body (RFC 9110 13.1.5)."""
    condition = request.headers.get("if-range")
    return request.headers.get("range") if condition in (None, etag) else None


async def _rest(first: bytes, chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    yield first
    async for chunk in chunks:
        yield chunk


def documented(*media_types: str) -> Mapping[int | str, dict[str, object]]:
    """The answers of a route that sends a body, for its OpenAPI description."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in media_types}
    return {
        200: {"description": "The whole body.", "content": content},
        206: {"description": "The range asked for.", "content": content},
        304: {"description": "Not changed since it was asked for."},
        416: {"description": "The range lies outside the body."},
    }

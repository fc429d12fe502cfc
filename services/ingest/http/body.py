"""A request's body as it comes in: its kind, its limits, its digest, and an end to waiting for it."""

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from chassis.errors import BadRequest, RcdmError, TooLarge, UnsupportedMedia
from chassis.http.app import StrictRoute, problem, request_id, status_of
from chassis.settings import Settings

_LIVELY_BYTES = 1 << 10  # a sender of fewer in an idle limit's time counts as silent
_LINGER_SECONDS, _SILENT_SECONDS = 2.0, 0.3
_HEADER_DIGESTS = {"sha-256": "sha256", "sha-512": "sha512"}
_PARAMETER = re.compile(r';\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"]*))', re.DOTALL)


class ReceivingRoute(StrictRoute):
    """A route that ends the connection when it answers an error before the body was read (reliability A16, A21)."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def receive(request: Request) -> Response:
            incoming = _Incoming(request.receive)
            try:
                return await handle(Request(request.scope, incoming))
            except RcdmError as error:
                answer = problem(status_of(error), error.title, error.detail, request_id(request), **error.facts)
            except ClientDisconnect:
                answer = problem(400, "Bad request", "The body ended before its end.", request_id(request))
            return _Last(answer, incoming)

        return receive


class _Incoming:
    """The messages of a body, and whether the last one was seen."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.ended = False

    async def __call__(self) -> Message:
        message = await self._receive()
        self.ended = not message.get("more_body", False)
        return message


class _Last(Response):
    """The last answer on a connection. What the sender still sends is read away for a moment.

    Closing with bytes unread resets the connection, and the sender may never see why.
    """

    def __init__(self, answer: Response, incoming: _Incoming) -> None:
        super().__init__(answer.body, answer.status_code)
        self._incoming = incoming
        self.raw_headers = [*answer.raw_headers, (b"connection", b"close")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        end = asyncio.get_running_loop().time() + _LINGER_SECONDS
        with suppress(TimeoutError):
            while not self._incoming.ended:
                async with asyncio.timeout_at(min(end, asyncio.get_running_loop().time() + _SILENT_SECONDS)):
                    await self._incoming()
        await send({"type": "http.response.body", "body": b""})


class Body:
    """Read once, by iterating. Raises TooLarge, UnsupportedMedia at the start where the headers say it all."""

    def __init__(self, request: Request, settings: Settings) -> None:
        self._request = request
        self.content_type = request.headers.get("content-type", "")
        self.content_disposition = request.headers.get("content-disposition", "")
        self._most = settings.request_bytes
        self._idle_seconds = settings.idle_seconds
        self._digests = _promised_digests(request)
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise UnsupportedMedia("Send the body as it is: Content-Encoding is not supported.")
        length = request.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._most:
            raise self._too_large()

    @property
    def kind(self) -> str:
        """The media type, in lower case, without parameters."""
        return parameters(self.content_type)[0]

    @property
    def must_match(self) -> bool:
        """Whether nothing may be kept before the last byte was seen: the sender gave a digest of the whole."""
        return bool(self._digests)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Raises BadRequest (silence, a wrong digest), TooLarge, ClientDisconnect."""
        size = lively = 0
        clock = asyncio.get_running_loop()
        deadline = clock.time() + self._idle_seconds
        async with aclosing(self._request.stream()) as stream:
            while True:
                try:
                    async with asyncio.timeout_at(deadline):
                        chunk = await anext(stream, b"")
                except TimeoutError:
                    raise BadRequest(f"The body stopped for {self._idle_seconds:g} seconds.") from None
                if not chunk:
                    break
                size, lively = size + len(chunk), lively + len(chunk)
                if size > self._most:
                    raise self._too_large()
                if lively >= _LIVELY_BYTES:
                    deadline, lively = clock.time() + self._idle_seconds, 0
                for _, running, _ in self._digests:
                    running.update(chunk)
                yield chunk
        self._check_digests()

    def _too_large(self) -> TooLarge:
        return TooLarge(f"A request may have {self._most} bytes; send less at once.", limit=self._most)

    def _check_digests(self) -> None:
        for name, running, promised in self._digests:
            if running.digest() != promised:
                raise BadRequest(f"The body is not what {name} says; nothing of it was stored.", header=name)


def parameters(header: str) -> tuple[str, dict[str, str]]:
    """A header's value in lower case and its parameters; quotes are optional (RFC 9110 5.6.6)."""
    value = header.partition(";")[0].strip().lower()
    found = {}
    for name, quoted, plain in _PARAMETER.findall(header):
        found[name.lower()] = re.sub(r"\\(.)", r"\1", quoted) if quoted else plain.strip()
    return value, found


def _promised_digests(request: Request) -> list[tuple[str, "hashlib._Hash", bytes]]:
    """RFC 9530, and Content-MD5 of older senders (reliability A18). Raises BadRequest when one cannot be read."""
    found = []
    for name in ("Content-Digest", "Repr-Digest"):
        for algorithm, value in re.findall(r"([a-z0-9-]+)=:([^:]*):", request.headers.get(name, "")):
            if algorithm in _HEADER_DIGESTS:
                found.append((name, hashlib.new(_HEADER_DIGESTS[algorithm]), _decoded(name, value)))
    if md5 := request.headers.get("content-md5"):
        found.append(("Content-MD5", hashlib.md5(usedforsecurity=False), _decoded("Content-MD5", md5)))
    return found


def _decoded(name: str, value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise BadRequest(f"{name} is not base64.", header=name) from None

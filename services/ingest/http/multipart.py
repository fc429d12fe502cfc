"""Multipart bodies, form-data (RFC 7578) and related (RFC 2387), part by part in bounded memory."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError

from chassis.errors import BadRequest, TooLarge
from chassis.settings import Settings
from services.ingest.spool import Spool, SpooledFile

MOST_HEADERS = 16
HEADER_BYTES = 1 << 10
BOUNDARY_CHARACTERS = 200


@dataclass(frozen=True)
class Part:
    """A complete part; names of headers are in lower case."""

    headers: dict[str, str]
    body: SpooledFile


class Cut(BadRequest):
    """The body ended before its closing boundary."""


def checked_boundary(boundary: str | None) -> bytes:
    if not boundary:
        raise BadRequest("The Content-Type names no boundary.")
    if len(boundary) > BOUNDARY_CHARACTERS:
        raise BadRequest(f"The boundary has more than {BOUNDARY_CHARACTERS} characters.", limit=BOUNDARY_CHARACTERS)
    return boundary.encode("latin-1", "replace")


async def parts(chunks: AsyncIterator[bytes], boundary: bytes, spool: Spool, settings: Settings) -> AsyncIterator[Part]:
    """Each complete part as soon as it is there; who takes it closes it.

    Raises Cut, BadRequest (no multipart), TooLarge, and what `chunks` raises; the part it was in is gone then.
    """
    reading = _Reading(spool, settings)
    parser = MultipartParser(boundary, reading.callbacks(), max_header_count=MOST_HEADERS, max_header_size=HEADER_BYTES)  # type: ignore[arg-type]
    try:
        async for chunk in chunks:
            _feed(parser, chunk)
            if reading.body and reading.body.wants_disk:
                await asyncio.to_thread(reading.body.settle)
            while reading.complete:
                part = reading.complete.popleft()
                if part.body.path:
                    await asyncio.to_thread(part.body.finish)
                else:
                    part.body.finish()
                yield part
        if not reading.ended:
            raise Cut("The body ends before its closing boundary.")
    finally:
        reading.close()


def _feed(parser: MultipartParser, chunk: bytes) -> None:
    try:
        parser.write(chunk)
    except FormParserError as error:
        # The parser's own words may quote bytes of the body.
        if "header" in str(error) and "Maximum" in str(error):
            sizes = f"{MOST_HEADERS} headers of {HEADER_BYTES} bytes"
            raise TooLarge(f"A part may have {sizes}.", limit=HEADER_BYTES) from None
        raise BadRequest("The body is not multipart with the boundary the Content-Type names.") from None


@dataclass
class _Reading:
    """What the parser's callbacks build up."""

    spool: Spool
    settings: Settings
    complete: deque[Part] = field(default_factory=deque)
    body: SpooledFile | None = None
    ended: bool = False
    _count: int = 0
    _headers: dict[str, str] = field(default_factory=dict)
    _name: bytes = b""
    _value: bytes = b""

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._add_name,
            "on_header_value": self._add_value,
            "on_header_end": self._end_header,
            "on_part_data": self._add_data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def close(self) -> None:
        for body in (self.body, *(part.body for part in self.complete)):
            if body:
                body.close()

    def _begin(self) -> None:
        self._count += 1
        if self._count > self.settings.parts:
            raise TooLarge(f"A request may have {self.settings.parts} parts.", limit=self.settings.parts)
        self._headers, self.body = {}, self.spool.file()

    def _add_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = _text(self._value)
        self._name = self._value = b""

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        assert self.body is not None
        self.body.append(data[start:end])
        if self.body.size > self.settings.part_bytes:
            raise TooLarge(f"One file may have {self.settings.part_bytes} bytes.", limit=self.settings.part_bytes)

    def _end_part(self) -> None:
        assert self.body is not None
        self.complete.append(Part(self._headers, self.body))
        self.body = None

    def _end(self) -> None:
        self.ended = True


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")

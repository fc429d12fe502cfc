"""What of a dump's file goes to the database: its bytes as they are; for persons, pseudonyms in place of their names.

A site's person_source_value is often the number on the patient's card: the database never sees it.
"""

import asyncio
import csv
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from io import StringIO
from itertools import islice

from chassis.errors import BadRequest
from services.catalog.omop.files import TableFile

Progress = Callable[[str, int, int], None]
Pseudonym = Callable[[str], str]
_CHUNK_BYTES = 1 << 20
_ROWS_AT_ONCE = 5000
_COLUMN = "person_source_value"


async def chunks_of(file: TableFile, progress: Progress) -> AsyncIterator[bytes]:
    """Raises BadRequest when the last line was cut."""
    lines, last = 0, b""
    with file.reading() as (opened, raw):
        while chunk := await asyncio.to_thread(opened.read, _CHUNK_BYTES):
            yield chunk
            lines, last = lines + chunk.count(b"\n"), chunk[-1:]
            progress(file.name, raw.tell(), file.size)
    if last != b"\n":
        raise _cut(file, lines + 1)


async def persons_of(file: TableFile, pseudonym: Pseudonym, progress: Progress) -> AsyncIterator[bytes]:
    """As `chunks_of`."""
    place = file.columns.index(_COLUMN) if _COLUMN in file.columns else None
    with file.reading() as (opened, raw):
        rows = _rows(file, opened)
        while chunk := await asyncio.to_thread(_written, file, islice(rows, _ROWS_AT_ONCE), place, pseudonym):
            yield chunk
            progress(file.name, raw.tell(), file.size)


def _written(file: TableFile, rows: Iterable[list[str]], place: int | None, pseudonym: Pseudonym) -> bytes:
    text = StringIO()
    # The header, too: nobody reads it again.
    writer = csv.writer(text, delimiter=file.delimiter, lineterminator="\n")
    for row in rows:
        if place is not None and place < len(row) and row[place]:
            row[place] = pseudonym(row[place])
        writer.writerow(row)
    return text.getvalue().encode()


def _rows(file: TableFile, opened: Iterable[bytes]) -> Iterator[list[str]]:
    reader = csv.reader(_lines(file, opened), delimiter=file.delimiter, strict=True)
    try:
        yield from reader
    except csv.Error:
        raise BadRequest(
            f"{file.name}, line {reader.line_num}: a quoted text that does not end, or is far too long. "
            "Nothing was loaded.",
            file=file.name,
            line=reader.line_num,
        ) from None


def _lines(file: TableFile, opened: Iterable[bytes]) -> Iterator[str]:
    """A number that lost its last digits is still a number: only the missing line feed tells."""
    number, line = 0, b"\n"
    for number, line in enumerate(opened, start=1):
        try:
            yield line.decode()
        except UnicodeDecodeError:
            raise BadRequest(
                f"{file.name}, line {number}: no UTF-8 text. Nothing was loaded.", file=file.name, line=number
            ) from None
    if not line.endswith(b"\n"):
        raise _cut(file, number)


def _cut(file: TableFile, line: int) -> BadRequest:
    return BadRequest(
        f"{file.name}: line {line} is cut, or lacks its line feed. Nothing was loaded.", file=file.name, line=line
    )

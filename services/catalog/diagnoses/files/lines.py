"""A mapping as a line of a file says it, whatever the file."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chassis.errors import BadRequest
from chassis.spreadsheet_safe import unescape_formula

_LONGEST_CELL = 100_000


@dataclass(frozen=True)
class Said:
    """`line` is the first of it. `vocabulary` is None where the file does not say whose code it is."""

    line: int
    name: str
    code: str
    vocabulary: str | None
    status: str
    equivalence: str
    targets: tuple[int, ...]
    score: float | None = None
    by: str = ""


@dataclass(frozen=True)
class Refused:
    """What is wrong with a line; never what it says, which may be a patient's."""

    line: int
    reason: str


@dataclass(frozen=True)
class Row:
    """The cells of a line by the names in the header."""

    line: int
    cells: dict[str, str]

    def text(self, name: str) -> str:
        """Without spaces around it, as it was before it became a cell; empty when the file has no such column."""
        return unescape_formula(self.cells.get(name, "").strip()).strip()


@dataclass(frozen=True)
class Table:
    header: Sequence[str]
    rows: Sequence[Row]
    refused: Sequence[Refused]


def read_table(body: bytes) -> Table:
    """Comma or tab separated, as Usagi (backslash before a quote) or a spreadsheet (two quotes) writes it.

    Raises BadRequest naming the line.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise BadRequest(f"Line {line} is no UTF-8 text: save the file as CSV UTF-8.", line=line) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise BadRequest(f"Line {line} holds a NUL character: it is no text.", line=line)
    lines = _lines(text)
    _, names = next(lines, (1, []))
    header = [name.strip() for name in names]
    if not any(header):
        raise BadRequest("The file is empty: its first line names the columns.", line=1)
    rows, refused = [], []
    for line, cells in lines:
        if len(cells) != len(header):
            refused.append(Refused(line, f"{len(cells)} columns where the header has {len(header)}."))
        else:
            rows.append(Row(line, dict(zip(header, cells, strict=True))))
    return Table(header, rows, refused)


def _lines(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    first = text.split("\n", 1)[0]
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text), delimiter="\t" if "\t" in first else ",", escapechar="\\")
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise BadRequest(f"Line {line} cannot be read: {error}.", line=line) from None
        if cells is None:
            return
        if cells:
            yield line, cells


def columns_of(table: Table, wanted: Sequence[str]) -> None:
    """Raises BadRequest naming what the header lacks."""
    if missing := [name for name in wanted if name not in table.header]:
        hint = " Columns are separated by commas or tabs." if len(table.header) == 1 else ""
        raise BadRequest(f"Line 1: the header lacks {', '.join(missing)}.{hint}", line=1, missing=missing)


def number(row: Row, name: str) -> int | None:
    """None when it is no whole number that a concept can have."""
    said = row.text(name)
    return int(said) if said.isascii() and said.isdigit() and int(said) < 2**31 else None

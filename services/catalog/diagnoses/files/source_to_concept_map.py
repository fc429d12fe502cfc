"""source_to_concept_map as a file: the table's columns (OMOP CDM 5.4), a row for each target."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from chassis.spreadsheet_safe import escape_formula
from services.catalog.diagnoses.files.lines import Refused, Row, Said, Table, columns_of, number

COLUMNS = (
    "source_code", "source_concept_id", "source_vocabulary_id", "source_code_description", "target_concept_id",
    "target_vocabulary_id", "valid_start_date", "valid_end_date", "invalid_reason",
)  # fmt: skip
NEEDED = ("source_code", "source_vocabulary_id", "target_concept_id")
_OURS = "rcdm"


def map_lines(rows: Sequence[Any]) -> Iterator[str]:
    """Of rows of cdm.source_to_concept_map; quotes are doubled, as `rcdm omop load` and PostgreSQL read them."""
    yield _line(COLUMNS)
    for row in rows:
        yield _line([_text(row[name]) for name in COLUMNS])


def map_said(table: Table) -> tuple[Sequence[Said], Sequence[Refused]]:
    """What the rows say; those that are not valid any more say nothing. Raises BadRequest for missing columns."""
    columns_of(table, NEEDED)
    said: list[Said] = []
    refused: list[Refused] = []
    valid = sorted(
        (row for row in table.rows if not row.text("invalid_reason")),
        key=lambda row: (row.text("source_vocabulary_id"), row.text("source_code")),
    )
    for (vocabulary, code), rows in groupby(valid, lambda row: (row.text(NEEDED[1]), row.text(NEEDED[0]))):
        one = _of_code(vocabulary, code, list(rows))
        said.append(one) if isinstance(one, Said) else refused.append(one)
    return said, refused


def _of_code(vocabulary: str, code: str, rows: Sequence[Row]) -> Said | Refused:
    targets = set()
    for row in rows:
        target = number(row, "target_concept_id")
        if target is None:
            return Refused(row.line, "target_concept_id is no number.")
        targets |= {target} - {0}
    if not code:
        return Refused(rows[0].line, "source_code is empty.")
    ours = vocabulary == _OURS or vocabulary.startswith(f"{_OURS} ")
    name = vocabulary.removeprefix(_OURS).strip() if ours else vocabulary
    status = "APPROVED" if targets else "UNMAPPED"
    return Said(rows[0].line, "", code, name, status, "EQUIVALENT" if targets else "UNMATCHED", tuple(sorted(targets)))


def _text(value: Any) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else escape_formula(str(value))


def _line(cells: Sequence[str]) -> str:
    return (
        ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' if set(cell) & set('",\n\r') else cell for cell in cells)
        + "\n"
    )

"""Usagi's file of mappings: https://ohdsi.github.io/Usagi/ (1.4). A line for each target; quotes have a backslash."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from chassis.spreadsheet_safe import escape_formula
from services.catalog.diagnoses.files.lines import Refused, Row, Said, Table, columns_of, number
from services.catalog.diagnoses.store import DiagnosisItem

_VOCABULARY, _CODE = "ADD_INFO:source_vocabulary_id", "ADD_INFO:source_code"
COLUMNS = (
    "sourceCode", "sourceName", "sourceFrequency", "sourceAutoAssignedConceptIds", _VOCABULARY, _CODE, "matchScore",
    "mappingStatus", "statusSetBy", "statusSetOn", "conceptId", "mappingType", "comment", "createdBy", "createdOn",
    "equivalence", "assignedReviewer",
)  # fmt: skip
NEEDED = ("sourceCode", "sourceName", "mappingStatus", "conceptId")
# Ours is UNMAPPED where theirs is IGNORED; what a program mapped waits for a person here and there.
_STATUSES = {
    "APPROVED": "APPROVED", "FLAGGED": "FLAGGED", "IGNORED": "UNMAPPED", "UNCHECKED": "UNCHECKED",
    "AUTO_MAPPED": "UNCHECKED", "AUTO_MAPPED_TO_1": "UNCHECKED",
}  # fmt: skip
_EQUIVALENCES = ("EQUAL", "EQUIVALENT", "WIDER", "NARROWER", "INEXACT", "UNMATCHED")
_EVENTS = ("", "MAPS_TO", "EVENT")  # what a concept of the diagnosis itself is called, in new files and in old ones
_LONGEST_BY = 100


def usagi_lines(items: Sequence[DiagnosisItem], codes: Mapping[int, str]) -> Iterator[str]:
    """`codes` name a diagnosis without a code, by its id. Spreadsheets take no cell for a formula."""
    yield _line(COLUMNS)
    for item in items:
        for target in [one.concept_id for one in item.targets] or [0]:
            code = codes[item.radiology_condition_id]
            yield _line((
                code, item.source_text or code, item.occurrences, "", item.source_vocabulary_id, item.source_code,
                item.match_score or 0, _status(item), item.mapped_by or "", _milliseconds(item.mapped_at), target,
                "MAPS_TO", "", item.mapped_by or "", _milliseconds(item.mapped_at), item.equivalence, "",
            ))  # fmt: skip


def usagi_said(table: Table) -> tuple[Sequence[Said], Sequence[Refused]]:
    """What the lines say of each diagnosis, and those that say nothing. Raises BadRequest for missing columns."""
    columns_of(table, NEEDED)
    said: list[Said] = []
    refused: list[Refused] = []
    for _, rows in groupby(table.rows, lambda row: tuple(row.text(name) for name in (*NEEDED[:2], _VOCABULARY))):
        one = _of_diagnosis(list(rows))
        said.append(one) if isinstance(one, Said) else refused.append(one)
    return said, refused


def _of_diagnosis(rows: Sequence[Row]) -> Said | Refused:
    first, targets = rows[0], set()
    status, equivalence = _STATUSES.get(first.text("mappingStatus")), first.text("equivalence") or "UNREVIEWED"
    if status is None or any(row.text("mappingStatus") != first.text("mappingStatus") for row in rows):
        return Refused(first.line, f"mappingStatus is none of {', '.join(_STATUSES)}, or not the same in all lines.")
    if equivalence not in (*_EQUIVALENCES, "UNREVIEWED"):
        return Refused(first.line, f"equivalence is none of {', '.join(_EQUIVALENCES)}.")
    for row in rows:
        target = number(row, "conceptId")
        if target is None:
            return Refused(row.line, "conceptId is no number.")
        if row.text("mappingType") in _EVENTS and target:
            targets.add(target)
    if not (first.text("sourceName") or first.text("sourceCode")):
        return Refused(first.line, "sourceName and sourceCode are empty.")
    return Said(
        first.line, first.text("sourceName"), first.text(_CODE if _CODE in first.cells else "sourceCode"),
        first.text(_VOCABULARY) if _VOCABULARY in first.cells else None, status,
        "EQUIVALENT" if equivalence == "UNREVIEWED" else equivalence, tuple(sorted(targets)),
        _score(first.text("matchScore")), first.text("statusSetBy")[:_LONGEST_BY],
    )  # fmt: skip


def _status(item: DiagnosisItem) -> str:
    """UNMAPPED is what nobody looked at, and what somebody found to be nothing that SNOMED has."""
    if item.mapping_status == "UNMAPPED":
        return "IGNORED" if item.mapping_method else "UNCHECKED"
    return item.mapping_status


def _score(said: str) -> float | None:
    try:
        score = float(said)
    except ValueError:
        return None
    return score if 0 <= score <= 1 else None


def _milliseconds(at: datetime | None) -> int:
    return int(at.timestamp() * 1000) if at else 0


def _line(cells: Sequence[object]) -> str:
    return ",".join(_cell(str(cell)) for cell in cells) + "\n"


def _cell(text: str) -> str:
    said = escape_formula(" ".join(text.split()))
    escaped = said.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if '"' in said or "," in said else escaped

"""A site's list of who is who: each line a PatientID as DICOM writes it, and whom of the site's CDM it stands for.

The PatientID becomes a pseudonym here and goes no further; nothing that is told holds a value of the file.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chassis.errors import BadRequest
from chassis.secrets import SiteKeys

_PERSONS = ("person_id", "person_source_value")
_COLUMNS = frozenset({"patientid", "issuer", *_PERSONS})
_HIGHEST_ID = 2**31 - 1


@dataclass(frozen=True)
class MapLine:
    """`person_key` is the pseudonym of the patient; the person is named by id, or by the pseudonym of its name."""

    line: int
    person_key: str
    person_id: int | None
    source_value: str | None


def read_map(path: Path, keys: SiteKeys, hospital: str) -> list[MapLine]:
    """A PatientID without an issuer counts within the hospital. Raises BadRequest that names the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _without_contradiction(path, _lines(path, file, keys, hospital))
    except UnicodeDecodeError:
        raise BadRequest(f"{path.name} is no UTF-8 text. Nothing was changed.") from None
    except OSError as error:
        raise BadRequest(f"{path.name} cannot be read ({type(error).__name__}).") from None


def _lines(path: Path, file: Iterator[str], keys: SiteKeys, hospital: str) -> Iterator[MapLine]:
    header = next(file, "")
    delimiter = "\t" if "\t" in header else ","
    columns = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter), [])]
    _check_header(path, columns)
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if len(row) != len(columns):
                raise _wrong(path, reader.line_num + 1, f"{len(columns)} values are needed")
            said = dict(zip(columns, (value.strip() for value in row), strict=True))
            yield _line(path, reader.line_num + 1, said, keys, hospital)
    except csv.Error:
        raise _wrong(path, reader.line_num + 1, "a quoted text that does not end, or is far too long") from None


def _check_header(path: Path, columns: Sequence[str]) -> None:
    is_known = set(columns) <= _COLUMNS and len(set(columns)) == len(columns)
    if not is_known or "patientid" not in columns or len(set(_PERSONS) & set(columns)) != 1:
        raise _wrong(path, 1, "the header is PatientID, issuer if wanted, and person_id or person_source_value")


def _line(path: Path, line: int, said: Mapping[str, str], keys: SiteKeys, hospital: str) -> MapLine:
    patient, person, source = said["patientid"], said.get("person_id", ""), said.get("person_source_value", "")
    if not patient:
        raise _wrong(path, line, "no PatientID")
    if not (person or source):
        raise _wrong(path, line, "nobody it stands for")
    if person and not (person.isascii() and person.isdigit() and int(person) <= _HIGHEST_ID):
        raise _wrong(path, line, "the person_id is no id")
    return MapLine(
        line,
        keys.pseudonym("person", said.get("issuer") or hospital, patient),
        int(person) if person else None,
        keys.pseudonym("site person", source) if source else None,
    )


def _without_contradiction(path: Path, lines: Iterator[MapLine]) -> list[MapLine]:
    """One line for each patient. Raises BadRequest when two say that one is two persons."""
    found: dict[str, MapLine] = {}
    for one in lines:
        before = found.setdefault(one.person_key, one)
        if (before.person_id, before.source_value) != (one.person_id, one.source_value):
            raise _wrong(path, one.line, f"the patient of line {before.line} stands for another person here")
    return list(found.values())


def _wrong(path: Path, line: int, what: str) -> BadRequest:
    return BadRequest(f"{path.name}, line {line}: {what}. Nothing was changed.", line=line)

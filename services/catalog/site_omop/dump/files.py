"""The files of a dump of CDM 5.4 tables: separated by commas or tabs, with a header line, packed by gzip or not.

A site's person_source_value is often the number on the patient's card: the database gets pseudonyms in its place.
"""

import asyncio
import csv
import gzip
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import IO, cast

from chassis.errors import BadRequest

OF_THE_VOCABULARY = frozenset(
    {"concept", "vocabulary", "domain", "concept_class", "relationship", "concept_relationship", "concept_ancestor",
     "concept_synonym", "drug_strength"}
)  # fmt: skip

# Tables without a primary key: by these a row is known; by all of its columns where a table is not named here.
KNOWN_BY: Mapping[str, tuple[str, ...]] = {
    "death": ("person_id",),
    "cdm_source": ("cdm_source_abbreviation",),
    "cohort_definition": ("cohort_definition_id",),
}

_ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
_LONGEST_HEADER = 1 << 14
_UNREADABLE = (OSError, EOFError, zlib.error)

Progress = Callable[[str, int, int], None]
Pseudonym = Callable[[str], str]
_CHUNK_BYTES = 1 << 20
_ROWS_AT_ONCE = 5000
_COLUMN = "person_source_value"


# In the order of loading: what is pointed to comes first. The vocabulary's own tables come from Athena.
TABLES = (
    "location", "care_site", "provider", "person", "visit_occurrence", "visit_detail", "observation_period", "death",
    "condition_occurrence", "procedure_occurrence", "drug_exposure", "device_exposure", "measurement", "observation",
    "specimen", "note", "note_nlp", "episode", "episode_event", "payer_plan_period", "cost", "drug_era", "dose_era",
    "condition_era", "fact_relationship", "metadata", "cdm_source", "cohort_definition", "cohort",
    "source_to_concept_map",
)  # fmt: skip


# The ids of rows that were made from DICOM and not loaded.
OURS: Mapping[str, str] = {
    "care_site": "SELECT care_site_id FROM rcdm.radiology_hospital WHERE care_site_id IS NOT NULL",
    "person": "SELECT person_id FROM cdm.person EXCEPT SELECT person_id FROM rcdm.site_person",
    "visit_occurrence": "SELECT visit_occurrence_id FROM rcdm.radiology_occurrence"
    " WHERE visit_occurrence_id IS NOT NULL",
    "procedure_occurrence": "SELECT procedure_occurrence_id FROM rcdm.radiology_occurrence"
    " WHERE procedure_occurrence_id IS NOT NULL",
    "condition_occurrence": "SELECT condition_occurrence_id FROM rcdm.radiology_condition_link",
    "observation_period": "SELECT observation_period_id FROM rcdm.study_observation_period UNION"
    " SELECT observation_period_id FROM cdm.observation_period period"
    " WHERE NOT EXISTS (SELECT FROM rcdm.site_person site WHERE site.person_id = period.person_id)",
}


@dataclass(frozen=True)
class TableFile:
    """`columns` of the header line, in lower case; `size` in bytes, as it lies there."""

    table: str
    path: Path
    columns: Sequence[str]
    delimiter: str

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    @contextmanager
    def reading(self) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """Its bytes, and the file they come from, which tells how far they were read. Raises BadRequest meanwhile."""
        with _reading(self.path) as both:
            yield both


@dataclass(frozen=True)
class Dump:
    """`left` are files of the vocabulary's tables, which `rcdm vocabulary load` brings."""

    files: Sequence[TableFile]
    left: Sequence[str]


def read_dump(folder: Path) -> Dump:
    """In the order of loading. Raises BadRequest: a file of no table, two of the same, none at all."""
    if not folder.is_dir():
        raise BadRequest(f"{folder} is no folder: name the one that holds person.csv and the other tables.")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        table = _table(path)
        if table is None:
            continue
        if table not in OF_THE_VOCABULARY and table not in TABLES:
            raise BadRequest(f"{path.name} is named after no table of the CDM 5.4: rename it or take it away.")
        if table in found:
            raise BadRequest(f"{found[table].name} and {path.name} are the same table: take one away.")
        found[table] = path
    files = [_file(table, found[table]) for table in TABLES if table in found]
    if not files:
        raise BadRequest(f"{folder} holds no table of the CDM: a file is named after its table, such as person.csv.")
    return Dump(files, [path.name for table, path in found.items() if table in OF_THE_VOCABULARY])


def _table(path: Path) -> str | None:
    name = path.name.lower()
    ending = next((one for one in _ENDINGS if name.endswith(one)), None)
    return name.removesuffix(ending) if ending and path.is_file() else None


def _file(table: str, path: Path) -> TableFile:
    with _reading(path) as (file, _):
        line = file.readline(_LONGEST_HEADER)
    try:
        header = line.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        raise BadRequest(f"{path.name}, line 1: no UTF-8 text. Nothing was loaded.", file=path.name, line=1) from None
    delimiter = "\t" if "\t" in header else ","
    names = next(csv.reader([header], delimiter=delimiter), [])
    return TableFile(table, path, [name.strip().lower() for name in names], delimiter)


@contextmanager
def _reading(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    try:
        with path.open("rb") as raw:
            if path.name.lower().endswith(".gz"):
                with gzip.open(raw) as unpacked:
                    yield cast(IO[bytes], unpacked), raw
            else:
                yield raw, raw
    except _UNREADABLE as error:
        raise BadRequest(
            f"{path.name} cannot be read ({type(error).__name__}). Nothing was loaded.", file=path.name
        ) from None


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

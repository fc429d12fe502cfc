"""The files of a dump of CDM tables: comma or tab separated with a header line, packed by gzip or not."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from chassis.errors import BadRequest
from services.catalog.omop.tables import OF_THE_VOCABULARY, TABLES

_ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
_LONGEST_HEADER = 1 << 14
_UNREADABLE = (OSError, EOFError, zlib.error)


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

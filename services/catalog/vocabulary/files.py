"""The files of an Athena download, in a folder or a ZIP: tab separated, no quoting, a header line, dates yyyyMMdd."""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from chassis.errors import BadRequest

# Each file is the table of its name; the small ones first, so that what is wrong with a download shows early.
REQUIRED = (
    "vocabulary", "domain", "concept_class", "relationship", "concept", "concept_synonym", "concept_relationship",
    "concept_ancestor",
)  # fmt: skip
OPTIONAL = ("drug_strength",)
_LONGEST_HEADER = 4096
# What a damaged, encrypted or strangely packed member of a ZIP raises while it is read.
_UNREADABLE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class VocabularyFile:
    """`name` as it is in the download; `size` in bytes, unpacked."""

    table: str
    name: str
    size: int
    open: Callable[[], IO[bytes]]

    @contextmanager
    def reading(self) -> Iterator[IO[bytes]]:
        """Raises BadRequest also while it is read."""
        try:
            with self.open() as file:
                yield file
        except _UNREADABLE as error:
            raise BadRequest(f"{self.name} cannot be read ({error}). Nothing was loaded.", file=self.name) from None

    def columns(self) -> Sequence[str]:
        """Of the header line, in lower case. Raises BadRequest."""
        with self.reading() as file:
            line = file.readline(_LONGEST_HEADER)
        try:
            return line.decode("utf-8-sig").strip("\r\n").lower().split("\t")
        except UnicodeDecodeError:
            raise BadRequest(f"{self.name}, line 1: no UTF-8 text.", file=self.name, line=1) from None


@contextmanager
def vocabulary_files(path: Path) -> Iterator[Sequence[VocabularyFile]]:
    """In the order of loading. Raises BadRequest that names what is missing."""
    if path.is_dir():
        yield _in_order(path, {entry.name: _of_folder(entry) for entry in path.iterdir() if entry.is_file()})
        return
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise BadRequest(f"{path} is neither a folder nor a ZIP that can be read ({error}).") from None
    with archive:
        yield _in_order(path, _members(path, archive))


def _members(path: Path, archive: zipfile.ZipFile) -> Mapping[str, tuple[int, Callable[[], IO[bytes]]]]:
    infos = [info for info in archive.infolist() if info.file_size]
    names = [Path(info.filename).name.lower() for info in infos]
    twice = sorted({name for name in names if name.endswith(".csv") and names.count(name) > 1})
    if twice:
        raise BadRequest(f"{path} holds {', '.join(twice)} more than once: name the ZIP of one download.")
    return {Path(info.filename).name: _of_zip(archive, info) for info in infos}


def _of_folder(entry: Path) -> tuple[int, Callable[[], IO[bytes]]]:
    return entry.stat().st_size, lambda: entry.open("rb")


def _of_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[int, Callable[[], IO[bytes]]]:
    return info.file_size, lambda: archive.open(info)


def _in_order(path: Path, found: Mapping[str, tuple[int, Callable[[], IO[bytes]]]]) -> Sequence[VocabularyFile]:
    by_table = {name.lower().removesuffix(".csv"): name for name in found if name.lower().endswith(".csv")}
    missing = [f"{table.upper()}.csv" for table in REQUIRED if table not in by_table]
    if missing:
        raise BadRequest(
            f"{path} lacks {', '.join(missing)}: an Athena download has {len(REQUIRED)} files that are needed. "
            "Unpack all of it into one folder, or name the ZIP as it was downloaded.",
            missing=missing,
        )
    tables = [table for table in (*REQUIRED, *OPTIONAL) if table in by_table]
    return [VocabularyFile(table, by_table[table], *found[by_table[table]]) for table in tables]

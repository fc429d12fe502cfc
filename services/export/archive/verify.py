"""Verify an archive against its own manifest, without a server: nothing altered, nothing lost, nothing added."""

import csv
import hashlib
import io
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from chassis.errors import BadRequest
from services.export.archive.zip import Entry, directory_end, directory_record, local_header
from services.export.names import DESCRIPTION, MANIFEST, README

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Report:
    """Names are those of the archive's members."""

    pictures: int
    altered: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not (self.altered or self.missing or self.added)

    def as_json(self) -> dict[str, Any]:
        return {"ok": self.ok, "pictures": self.pictures, "altered": self.altered, "missing": self.missing,
                "added": self.added}  # fmt: skip

    def sentence(self) -> str:
        if self.ok:
            return f"{self.pictures} files, each as the manifest says."
        parts = [f"{name}: {', '.join(found)}" for name, found in
                 (("altered", self.altered), ("missing", self.missing), ("added", self.added)) if found]  # fmt: skip
        return "; ".join(parts)


def verify_archive(path: Path) -> Report:
    """Every byte is read. Raises BadRequest when the file is no archive of a data set."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _verify(archive)
    except FileNotFoundError:
        raise BadRequest(f"There is no file {path}.") from None
    except (
        zipfile.BadZipFile,
        KeyError,
        UnicodeDecodeError,
        ValueError,
        EOFError,
        NotImplementedError,
        csv.Error,
    ) as error:
        raise BadRequest(f"{path} is no whole archive of a data set ({type(error).__name__}).") from None


def _verify(archive: zipfile.ZipFile) -> Report:
    names = Counter(info.filename for info in archive.infolist())
    root = next((name.rpartition("/")[0] for name in names if name.endswith("/" + MANIFEST)), None)
    if root is None:
        raise BadRequest("The archive holds no manifest.csv.")
    sums = {name: _sha256(archive, name) for name in names}
    manifest, description = f"{root}/{MANIFEST}", f"{root}/{DESCRIPTION}"
    said = _manifest(archive, manifest) if sums[manifest] else {}
    pictures = len(said)
    told = json.loads(archive.read(description)) if sums.get(description) else {}
    # The first releases wrote no other file of their own and no checksum of any but the manifest.
    files = told.get("files", {MANIFEST: told.get("manifest_sha256", "")})
    said |= {f"{root}/{name}": sha256 for name, sha256 in files.items()}
    known = {*said, manifest, description, f"{root}/{README}"}
    altered = {name for name, found in sums.items() if found is None or said.get(name, found) != found}
    return Report(
        pictures=pictures,
        altered=sorted(altered | set(_bent(archive))),
        missing=sorted(known - set(names)),
        added=sorted({name for name, count in names.items() if count > 1 or name not in known}),
    )


def _sha256(archive: zipfile.ZipFile, name: str) -> str | None:
    """None when the bytes do not even have the checksum the archive itself gives them."""
    digest = hashlib.sha256()
    try:
        with archive.open(name) as body:
            while chunk := body.read(_CHUNK):
                digest.update(chunk)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error, RuntimeError):
        return None
    return digest.hexdigest()


def _manifest(archive: zipfile.ZipFile, name: str) -> dict[str, str]:
    with archive.open(name) as body, io.TextIOWrapper(body, "utf-8", newline="") as text:
        found = {}
        for row in csv.DictReader(text, strict=True):
            found[row["path"]] = row["sha256"]
            if row.get("sidecar"):
                found[row["sidecar"]] = row["sidecar_sha256"]
        return found


def _bent(archive: zipfile.ZipFile) -> Iterator[str]:
    """What stands between the files is ours to the byte: a flip in a header that readers overlook shows here."""
    file, offset, directory = archive.fp, 0, 0
    assert file is not None
    infos = archive.infolist()
    entries = [Entry(info.filename, info.file_size, info.CRC) for info in infos]
    offsets: list[int] = []
    for entry in entries:
        header = local_header(entry)
        if _at(file, offset, len(header)) != header:
            yield entry.name
        offsets.append(offset)
        offset += len(header) + entry.size
    for entry, place in zip(entries, offsets, strict=True):
        record = directory_record(entry, place)
        if _at(file, offset + directory, len(record)) != record:
            yield entry.name
        directory += len(record)
    end = directory_end(len(entries), offset, directory)
    if _at(file, offset + directory, len(end) + 1) != end:
        yield "the archive's directory"


def _at(file: IO[bytes], offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)

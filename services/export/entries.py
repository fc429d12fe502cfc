"""One file of an archive by its name."""

import hashlib
import mimetypes
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path

from chassis.errors import NotFound
from services.export.versions import StoredVersion

FILE_NAME = r"[A-Za-z0-9._/-]+"
FilePath = Annotated[str, Path(max_length=1000, pattern=f"^{FILE_NAME}$", description="Name inside the archive.")]
_MEDIA_TYPES = {"dcm": "application/dicom", "parquet": "application/vnd.apache.parquet", "jsonl": "application/jsonl"}


@dataclass(frozen=True)
class StoredFile:
    """Where its bytes lie; `digest` is the same as long as they are."""

    blob_key: str
    bytes: int
    digest: str


async def find_entry(pool: Any, version: StoredVersion, path: str) -> StoredFile:
    """Raises NotFound."""
    row = await pool.fetchrow(
        "SELECT blob_key, bytes, crc32, sha256 FROM export.entry WHERE version_id = $1 AND path = ANY($2)",
        version.version_id, [path, f"{version.root}/{path}"],
    )  # fmt: skip
    if row is None:
        raise NotFound(f"There is no file {path} in version {version.version}.")
    # The first releases kept no checksum of a version's own files.
    digest = row["sha256"] or hashlib.sha256(f"{row['blob_key']} {row['bytes']} {row['crc32']}".encode()).hexdigest()
    return StoredFile(row["blob_key"], row["bytes"], digest)


def media_type(path: str) -> str:
    """By the name's ending."""
    ending = path.rpartition(".")[2]
    return _MEDIA_TYPES.get(ending) or mimetypes.guess_type(path)[0] or "application/octet-stream"

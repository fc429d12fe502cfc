"""Placing: every picture is read once, held against what was recorded, and given its place in the archive."""

import hashlib
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from chassis.bounded import gather_bounded
from chassis.errors import BlobMissing
from chassis.ports import BlobStore
from services.export.member import MEMBER_COLUMNS, Member, member_of, path_of
from services.export.names import Pseudonyms
from services.export.split import Split, splitter
from services.export.versions import StoredVersion
from services.export.zip_format import Entry, directory_record, local_header

_BATCH = 500
_READS_AT_ONCE = 8
_WHOLE_BYTES = 4 << 20


class BuildFailed(Exception):
    """A version that cannot be built as it was frozen; `detail` is a sentence without patient data."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True)
class Placed:
    """A row of export.entry but for its version."""

    ordinal: int
    path: str
    split: str | None
    blob_key: str
    bytes: int
    crc32: int
    archive_offset: int
    directory_offset: int

    @property
    def entry(self) -> Entry:
        return Entry(self.path, self.bytes, self.crc32)

    @property
    def ends(self) -> tuple[int, int]:
        """Where the next entry begins: in the archive, and in its directory (from the directory's start)."""
        in_archive = self.archive_offset + len(local_header(self.entry)) + self.bytes
        return in_archive, self.directory_offset + len(directory_record(self.entry, self.archive_offset))


ENTRY_COLUMNS = "ordinal, path, split, blob_key, bytes, crc32, archive_offset, directory_offset"


async def place_pictures(
    pool: Any, blobs: BlobStore, version: StoredVersion, names: Pseudonyms, report: Callable[[int], None]
) -> Placed | None:
    """The last entry placed; goes on where an earlier try was killed. Raises BuildFailed."""
    split = version.rule["split"] and Split(**version.rule["split"])
    side_of = splitter(split, names.fraction)
    last = await last_entry(pool, version)
    while True:
        report(last.ordinal if last else 0)
        members = await _members_after(pool, version.version_id, last.ordinal if last else 0)
        if not members:
            return last
        await gather_bounded(_READS_AT_ONCE, lambda member: _check(blobs, member), members)
        batch: list[Placed] = []
        for member in members:
            side = side_of(member.person_key)
            path = path_of(member, names, version.root, version.rule["mode"], side)
            last = after(last, path, side, member.png_key, member.png_bytes, member.png_crc32)
            batch.append(last)
        await store_entries(pool, version.version_id, batch)


def after(last: Placed | None, path: str, side: str | None, blob_key: str, size: int, crc32: int) -> Placed:
    """The entry that follows `last`, or the first."""
    in_archive, in_directory = last.ends if last else (0, 0)
    ordinal = last.ordinal + 1 if last else 1
    return Placed(ordinal, path, side, blob_key, size, crc32, in_archive, in_directory)


async def store_entries(pool: Any, version_id: int, batch: Sequence[Placed]) -> None:
    """All or none. Twice is once: the same version has the same entries."""
    columns = list(zip(*((p.ordinal, p.path, p.split, p.blob_key, p.bytes, p.crc32, p.archive_offset,
                          p.directory_offset) for p in batch), strict=True))  # fmt: skip
    try:
        await pool.execute(
            f"INSERT INTO export.entry (version_id, {ENTRY_COLUMNS}) SELECT $1, * FROM unnest($2::bigint[], $3::text[],"
            " $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])"
            " ON CONFLICT (version_id, ordinal) DO NOTHING", version_id, *columns,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise BuildFailed(
            "Two pictures would have one name in the archive; freeze the query in another mode."
        ) from None


async def last_entry(pool: Any, version: StoredVersion) -> Placed | None:
    """The last picture that has its place; files of the version itself come behind the pictures."""
    row = await pool.fetchrow(
        f"SELECT {ENTRY_COLUMNS} FROM export.entry WHERE version_id = $1 AND ordinal <= $2"
        " ORDER BY ordinal DESC LIMIT 1", version.version_id, version.members,
    )  # fmt: skip
    return Placed(**row) if row else None


async def _members_after(pool: Any, version_id: int, ordinal: int) -> list[Member]:
    rows = await pool.fetch(
        f"SELECT {MEMBER_COLUMNS} FROM export.member WHERE version_id = $1 AND ordinal > $2 ORDER BY ordinal LIMIT $3",
        version_id, ordinal, _BATCH,
    )  # fmt: skip
    return [member_of(row) for row in rows]


async def _check(blobs: BlobStore, member: Member) -> None:
    """The stored bytes are those the catalogue recorded, or the version is not built."""
    digest, crc32, size = hashlib.sha256(), 0, 0
    try:
        async for chunk in _read(blobs, member):
            digest.update(chunk)
            crc32, size = zlib.crc32(chunk, crc32), size + len(chunk)
    except BlobMissing:
        raise BuildFailed(
            f"The picture of image {member.image_id}, frame {member.frame}, is gone: deleted, or lost."
        ) from None
    if (size, crc32, digest.hexdigest()) != (member.png_bytes, member.png_crc32, member.png_sha256):
        raise BuildFailed(
            f"The picture of image {member.image_id}, frame {member.frame}, is not the one that was recorded: "
            "its bytes were altered. Run the audit, send the image again, and freeze a new version."
        )


async def _read(blobs: BlobStore, member: Member) -> AsyncIterator[bytes]:
    if member.png_bytes <= _WHOLE_BYTES:
        yield await blobs.get(member.png_key)
        return
    async for chunk in blobs.stream(member.png_key):
        yield chunk

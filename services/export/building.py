"""Building a version: place the pictures, write manifest, description and README, then make all of it ready at once."""

import asyncio
import hashlib
import json
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from chassis.database import Database
from chassis.layout import dataset_key
from chassis.outbox import Outbox
from chassis.service import Home
from chassis.topics import EXPORT_COMPLETED
from chassis.workers.pool import Pool
from proto.rcdm.v1 import events_pb2 as pb
from services.export import operations
from services.export.checking import BuildFailed
from services.export.csv_cells import csv_line
from services.export.deletions import refuse_deleted
from services.export.description import describe, description_file, readme_file
from services.export.freeze import count_exclusions
from services.export.making import Made, Maker
from services.export.member import FILE_COLUMNS, MANIFEST_COLUMNS, MEMBER_COLUMNS, cells, manifest_row
from services.export.names import OWN_FILES, Pseudonyms
from services.export.placing import Placed, after, place_files, store_entries
from services.export.versions import StoredVersion
from services.export.zip_format import directory_end

_PAGE = 250  # a page of the manifest is made without a pause: some milliseconds


@dataclass(frozen=True)
class _Written:
    sha256: str
    crc32: int
    size: int


async def build(
    home: Home, outbox: Outbox, workers: Pool, version: StoredVersion, report: Callable[[int], None]
) -> None:
    """May be killed anywhere and called again. Raises BuildFailed, and Cancelled when it was cancelled at the end."""
    await refuse_deleted(home.database, version)
    names, frozen = Pseudonyms(home.keys, version.name), version.members
    maker = Maker(home, workers, version, names)
    last = await place_files(home.database.pool, maker, version, names, report)
    if last is None:
        raise BuildFailed("Of none of its images a file could be made; its exclusions tell why.")
    version = await _counted(home.database, version)
    with tempfile.TemporaryDirectory(prefix="rcdm-export-") as folder:
        path = Path(folder) / OWN_FILES[0]
        manifest = await _write_manifest(home, version, names, path)
        description = await describe(home.database.pool, version, manifest.sha256)
        bodies: dict[str, tuple[bytes | Path, _Written]] = {
            OWN_FILES[0]: (path, manifest),
            OWN_FILES[1]: _in_memory(description_file(description)),
            OWN_FILES[2]: _in_memory(readme_file(version)),
        }
        for place, (name, (body, written)) in enumerate(bodies.items(), start=1):
            key = dataset_key(version.name, version.version, name)
            await home.blobs.put(key, body)
            made = Made(key, written.size, written.sha256, written.crc32)
            last = after(last, frozen + place, f"{version.root}/{name}", None, made)
            await store_entries(home.database.pool, version.version_id, [last])
    await _make_ready(home, outbox, version, last, description, manifest.sha256)


async def _counted(database: Database, version: StoredVersion) -> StoredVersion:
    """With the files there are, and the images of which none could be made among the exclusions."""
    files = await database.pool.fetchval(
        "SELECT count(*) FROM export.entry WHERE version_id = $1 AND ordinal <= $2", version.version_id, version.members
    )
    async with database.pool.acquire() as connection:
        return replace(version, members=files, exclusions=await count_exclusions(connection, version.version_id))


async def _write_manifest(home: Home, version: StoredVersion, names: Pseudonyms, path: Path) -> _Written:
    digest, crc32, size, ordinal = hashlib.sha256(), 0, 0, 0
    text = csv_line(MANIFEST_COLUMNS)
    with path.open("wb") as file:
        while text:
            body = text.encode()
            await asyncio.to_thread(file.write, body)
            digest.update(body)
            crc32, size = zlib.crc32(body, crc32), size + len(body)
            rows = await home.database.pool.fetch(
                f"SELECT {MEMBER_COLUMNS}, {FILE_COLUMNS} FROM export.member"
                " JOIN export.entry USING (version_id, ordinal) WHERE version_id = $1"
                " AND member.ordinal > $2 ORDER BY member.ordinal LIMIT $3",
                version.version_id, ordinal, _PAGE,
            )  # fmt: skip
            text = "".join(csv_line(cells(manifest_row(row, names))) for row in rows)
            ordinal = rows[-1]["ordinal"] if rows else ordinal
    return _Written(digest.hexdigest(), crc32, size)


def _in_memory(body: bytes) -> tuple[bytes, _Written]:
    return body, _Written(hashlib.sha256(body).hexdigest(), zlib.crc32(body), len(body))


async def _make_ready(
    home: Home, outbox: Outbox, version: StoredVersion, last: Placed, description: dict[str, object], manifest: str
) -> None:
    directory_offset, directory_bytes = last.ends
    end = directory_end(version.members + len(OWN_FILES), directory_offset, directory_bytes)
    size = directory_offset + directory_bytes + len(end)
    result = {"dataset": version.name, "version": version.version, "archive_bytes": size, "manifest_sha256": manifest}
    message = pb.ExportCompleted(
        operation_id=str(version.operation_id), dataset=version.name, version=version.version,
        members=version.members, archive_bytes=size, manifest_sha256=manifest,
    )  # fmt: skip
    async with home.database.pool.acquire() as connection, connection.transaction():
        await operations.finish(connection, version.operation_id, result)
        await connection.execute(
            "UPDATE export.version SET state = 'ready', description = $2, manifest_sha256 = $3, directory_offset = $4,"
            " directory_bytes = $5, archive_bytes = $6, members = $7, exclusions = $8 WHERE version_id = $1",
            version.version_id, json.dumps(description), manifest, directory_offset, directory_bytes, size,
            version.members, json.dumps(version.exclusions),
        )  # fmt: skip
        await outbox.write(connection, EXPORT_COMPLETED.name, [EXPORT_COMPLETED.event(version.name, message)])
    outbox.wake()

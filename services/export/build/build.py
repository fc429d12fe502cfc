"""Building a version: place the pictures, write manifest, description and README, then make all of it ready at once."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from chassis.blobs.keys import dataset_key
from chassis.messaging.outbox import Outbox
from chassis.messaging.topics import EXPORT_COMPLETED
from chassis.sandbox.pool import Pool
from chassis.service import Home
from proto.rcdm.v1 import events_pb2 as pb
from services.export import operations
from services.export.archive.zip import directory_end
from services.export.build.archive_layout import OWN, Placed, after, place_files, place_volumes, store_entries
from services.export.build.croissant import croissant_file
from services.export.build.files import BuildFailed, Made, Maker, weighed
from services.export.build.manifest import write_manifests
from services.export.build.metadata import describe, description_file, readme_file
from services.export.build.volumes import VolumeMaker
from services.export.deletions import refuse_deleted
from services.export.freeze.freeze import count_exclusions
from services.export.members import JOINED
from services.export.names import DESCRIPTION, MANIFEST, OWN_FILES, README, Pseudonyms
from services.export.table_statistics import refresh_statistics, unhurried
from services.export.versions import StoredVersion

_LOADER = Path(__file__).with_name("load.txt")


async def build(
    home: Home, outbox: Outbox, workers: Pool, version: StoredVersion, report: Callable[[int], None]
) -> None:
    """May be killed anywhere and called again. Raises BuildFailed, and Cancelled when it was cancelled at the end."""
    await refuse_deleted(home.database, version)
    names = Pseudonyms(home.keys, version.name)
    maker = Maker(home, workers, version, names)
    if version.rule["format"] == "nifti":
        planes = version.rule["filter"].get("plane") or ()
        volumes = VolumeMaker(home, maker, version.name, planes)
        last = await place_volumes(home.database.pool, volumes, version, names, report)
    else:
        last = await place_files(home.database.pool, maker, version, names, report)
    if last is None:
        raise BuildFailed("Of none of its images a file could be made; its exclusions tell why.")
    with tempfile.TemporaryDirectory(prefix="rcdm-export-") as name:
        folder = Path(name)
        async with unhurried(home.database.pool) as connection:
            await refresh_statistics(connection, "entry", last.ordinal)
            version = await _counted(connection, version)
            await write_manifests(connection, version, names, folder)
            manifest = (await asyncio.to_thread(weighed, folder / MANIFEST)).sha256
            description = await describe(connection, home.blobs, version, manifest)
        (folder / "croissant.json").write_bytes(croissant_file(version, description["citation"], manifest))
        shutil.copyfile(_LOADER, folder / "load.py")
        description["files"] = {one: (await asyncio.to_thread(weighed, folder / one)).sha256 for one in OWN_FILES[:-2]}
        (folder / DESCRIPTION).write_bytes(description_file(description))
        (folder / README).write_bytes(readme_file(version))
        for one in OWN_FILES:
            key, written = (
                dataset_key(version.name, version.version, one),
                await asyncio.to_thread(weighed, folder / one),
            )
            await home.blobs.put(key, folder / one)
            made = Made(key, written.bytes, written.sha256, written.crc32)
            last = after(last, OWN, f"{version.root}/{one}", None, made)
            await store_entries(home.database.pool, version.version_id, [last])
    await _make_ready(home, outbox, version, last, description, manifest)


async def _counted(connection: Any, version: StoredVersion) -> StoredVersion:
    """With the files there are, and the images of which none could be made among the exclusions."""
    files = await connection.fetchval(f"SELECT count(*) FROM {JOINED} WHERE version_id = $1", version.version_id)
    return replace(version, members=files, exclusions=await count_exclusions(connection, version.version_id))


async def _make_ready(
    home: Home, outbox: Outbox, version: StoredVersion, last: Placed, description: dict[str, object], manifest: str
) -> None:
    directory_offset, directory_bytes, _ = last.ends
    end = directory_end(last.ordinal, directory_offset, directory_bytes)
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
            " directory_bytes = $5, archive_bytes = $6, members = $7, exclusions = $8, own_files = $9"
            " WHERE version_id = $1",
            version.version_id, json.dumps(description), manifest, directory_offset, directory_bytes, size,
            version.members, json.dumps(version.exclusions), last.ordinal - version.members,
        )  # fmt: skip
        await outbox.write(connection, EXPORT_COMPLETED.name, [EXPORT_COMPLETED.event(version.name, message)])
    outbox.wake()

"""`make bench-export`: a version of many members beside older ones, from freezing it to its verified archive.

The rows of the catalogue and of the older versions are made in the database; the version under way is made by the
product's own code. Statistics are those of before it, and nothing brings them up to date by chance.
"""

import argparse
import asyncio
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chassis.blobs import keys as blob_keys
from chassis.db.embedded.server import embedded_postgres
from chassis.http.paging import write_cursor
from chassis.messaging.topics import Received
from chassis.telemetry.logging import configure_logging
from proto.rcdm.v1 import events_pb2 as pb
from services.export.archive.verify import verify_archive
from services.export.deletions import note_deletions
from tests.bench.memory import PeakMemory
from tests.journey.export_house import House, open_house, picture, recorded

_PICTURES, _PER_STUDY, _SIDE = 200, 200, 32
_SPLIT = {"train": 0.7, "validation": 0.15, "test": 0.15}
_COPIED = ("member", "entry", "exclusion")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=200_000)
    parser.add_argument("--older", type=int, default=5, help="Versions of as many members that are there already.")
    asked = parser.parse_args()
    configure_logging("text", "bench")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL as embedded")
    with tempfile.TemporaryDirectory(prefix="rcdm-bench-export-") as folder:
        asyncio.run(_measure(Path(folder), asked.members, asked.older))


async def _measure(folder: Path, members: int, older: int) -> None:
    settings = {"fsync": "off", "autovacuum": "off"}
    async with (
        embedded_postgres(folder / "postgres", settings=settings) as server,
        open_house(server, folder / "house") as house,
    ):
        with _timed(f"(making {members:,} images and {older} older versions)"):
            await _catalogue(house, members)
            if older:
                await _older(house, older)
            await house.rows("ANALYZE")
        with PeakMemory(os.getpid()) as memory:
            await _version(house, folder, members)
        for kind, (_, peak) in memory.table().items():
            print(f"peak memory: {kind:9} {peak:7,.0f} MiB")


async def _version(house: House, folder: Path, members: int) -> None:
    with _timed("dry run"):
        answer = await house.http.post("/api/v1/datasets/dry-run", json=_request("bench"), timeout=900)
        assert answer.json()["pictures"] == members, answer.text
    with _timed("freeze"):
        answer = await house.http.post("/api/v1/datasets", json=_request("bench"), timeout=900)
        accepted = answer.json()
    with _timed("build") as build:
        await house.builder().work()
    operation = (await house.http.get(f"/api/v1/operations/{accepted['operation_id']}")).json()
    assert operation["state"] == "done", operation
    print(f"  {members / build[0]:,.0f} pictures/s")
    address = f"/api/v1/datasets/bench/versions/{accepted['version']}"
    with _timed("last page of members"):
        await _last_page(house, address, members)
    others = [item["version"] for item in (await house.http.get("/api/v1/datasets/bench")).json()["items"][1:2]]
    for other in others:
        with _timed("difference from the version before"):
            found = await house.http.get(f"{address}/diff", params={"from": other}, timeout=900)
            assert found.status_code == 200, found.text
    with _timed("archive") as archive:
        size = await _download(house, f"{address}/archive", folder / "archive.zip")
    print(f"  {size / 1e6:,.0f} MB at {size / 1e6 / archive[0]:,.0f} MB/s")
    with _timed("verify"):
        report = await asyncio.to_thread(verify_archive, folder / "archive.zip")
        assert report.ok, report.sentence()
    with _timed("one study deleted"):
        await _delete_study(house)


def _request(name: str) -> dict[str, Any]:
    return {"name": name, "filter": {"hospital": "BENCH"}, "mode": "phase", "split": _SPLIT, "regular_volumes": True}


async def _last_page(house: House, address: str, members: int) -> None:
    asked = {"limit": "500", "cursor": write_cursor([members - 500])}
    page = (await house.http.get(f"{address}/members", params=asked)).json()
    assert len(page["items"]) == min(500, members), page


async def _download(house: House, address: str, target: Path) -> int:
    size = 0
    with target.open("wb") as file:
        async with house.http.stream("GET", address) as answer:
            async for chunk in answer.aiter_raw(1 << 20):
                size += file.write(chunk)
    return size


async def _delete_study(house: House) -> None:
    images = await house.rows("SELECT image_id FROM rcdm.radiology_image WHERE series_instance_uid = '1.2.0.1'")
    message = pb.OccurrenceDeleted(deletion_id=1, study_instance_uid="1.2.0", image_ids=[row[0] for row in images])
    await note_deletions(house.home.database, lambda: None, [Received("1.2.0", message, None)])  # type: ignore[arg-type]


async def _catalogue(house: House, members: int) -> None:
    """Rows of one image multiplied; the pictures are few, because reading them again costs the same."""
    prefixes, frames = [], []
    for number in range(_PICTURES):
        body = picture(str(number), _SIDE)
        prefixes.append(blob_keys.png_prefix(f"{number:064x}", "1"))
        frames.append(json.dumps([recorded(1, body)]))
        await house.home.blobs.put(blob_keys.png_key(prefixes[-1], 1), body)
    columns = await _columns(house, "rcdm", "radiology_image", _OWN)
    for study in range(members // _PER_STUDY):
        occurrence = await house.occurrence("BENCH", f"person {study}", f"1.2.{study}")
        first = await house.image(
            occurrence, f"1.2.{study}.0", received_at=datetime.now(UTC), **_place(0), png_filepath=prefixes[0],
            png_frames=frames[0],
        )  # fmt: skip
        await house.rows(
            f"INSERT INTO rcdm.radiology_image ({columns}, {', '.join(_OWN)})"
            f" SELECT {columns}, sop_instance_uid || n, n, ARRAY[0, 0, n::float], n,"
            f" ($2::text[])[n % {_PICTURES} + 1], ($3::text[])[n % {_PICTURES} + 1]::jsonb"
            " FROM rcdm.radiology_image, generate_series(1, $4::int) n WHERE image_id = $1",
            first, prefixes, frames, _PER_STUDY - 1,
        )  # fmt: skip


_OWN = ("sop_instance_uid", "slice_position", "image_position_patient", "instance_number", "png_filepath", "png_frames")


def _place(number: int) -> dict[str, Any]:
    return {
        "slice_position": float(number), "image_position_patient": [0.0, 0.0, float(number)],
        "image_orientation_patient": [1.0, 0, 0, 0, 1.0, 0], "instance_number": number,
    }  # fmt: skip


async def _columns(house: House, schema: str, table: str, without: tuple[str, ...]) -> str:
    return str(
        await house.value(
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_schema = $1 AND"
            " table_name = $2 AND is_generated = 'NEVER' AND is_identity = 'NO' AND NOT column_name = ANY($3)",
            schema, table, list(without),
        )
    )  # fmt: skip


async def _older(house: House, count: int) -> None:
    """One is frozen and given entries, the others are copies of its rows."""
    answer = await house.http.post("/api/v1/datasets", json=_request("bench"), timeout=900)
    assert answer.status_code == 202, answer.text
    first = await house.value("UPDATE export.version SET state = 'ready' RETURNING version_id")
    await house.rows("UPDATE export.operation SET state = 'done'")
    await house.rows(_ENTRIES, first)
    version = await _columns(house, "export", "version", ("version_id", "number", "version", "operation_id"))
    for number in range(2, count + 1):
        copy = await house.value(
            "WITH operation AS (INSERT INTO export.operation (operation_id, kind, state, total)"
            " VALUES (gen_random_uuid(), 'export', 'done', 0) RETURNING operation_id)"
            f" INSERT INTO export.version ({version}, number, version, operation_id)"
            f" SELECT {version}, $2::integer, $2::integer || '-' || split_part(version, '-', 2), operation.operation_id"
            " FROM export.version, operation WHERE version_id = $1 RETURNING version_id", first, number,
        )  # fmt: skip
        for table in _COPIED:
            columns = await _columns(house, "export", table, ("version_id",))
            await house.rows(
                f"INSERT INTO export.{table} (version_id, {columns}) SELECT $2, {columns} FROM export.{table}"
                " WHERE version_id = $1", first, copy,
            )  # fmt: skip


_ENTRIES = """
INSERT INTO export.entry (version_id, ordinal, member_ordinal, is_aside, path, split, blob_key, bytes, sha256, crc32,
    said, archive_offset, directory_offset, tar_offset)
SELECT $1, ordinal, ordinal, false, 'bench/' || ordinal, 'train', png_key, png_bytes, png_sha256, png_crc32, '{}',
    ordinal, ordinal, ordinal
FROM export.member WHERE version_id = $1
"""


@contextmanager
def _timed(what: str) -> Iterator[list[float]]:
    """The seconds stand in the list afterwards."""
    started, found = time.perf_counter(), [0.0]
    yield found
    found[0] = time.perf_counter() - started
    print(f"{what:36} {found[0]:8.1f} s", flush=True)


if __name__ == "__main__":
    main()

"""How fast a version of 20,000 small pictures is frozen, built and downloaded, and in how much memory."""

import json
import resource
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from chassis import layout
from tests.journey.export_house import House, open_house, picture, recorded

MEMBERS, STUDIES, BLOBS = 20_000, 200, 200

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]


async def test_twenty_thousand_pictures(postgres_server: str, tmp_path: Path) -> None:
    async with open_house(postgres_server, tmp_path) as house:
        await _catalogue(house)
        before = psutil.Process().memory_info().rss
        started = time.perf_counter()
        accepted = await house.freeze("bench", "BENCH", split={"train": 0.7, "validation": 0.15, "test": 0.15})
        frozen = time.perf_counter()
        await house.builder().work()
        built = time.perf_counter()
        size = 0
        address = f"/api/v1/datasets/bench/versions/{accepted['version']}/archive"
        async with house.http.stream("GET", address) as answer:
            async for chunk in answer.aiter_raw(1 << 20):
                size += len(chunk)
        read = time.perf_counter()
        grown = (psutil.Process().memory_info().rss - before) / 1e6
    print(
        f"\nfreeze {frozen - started:.2f} s; build {MEMBERS / (built - frozen):.0f} pictures/s; "
        f"archive {size / 1e6:.0f} MB at {size / 1e6 / (read - built):.0f} MB/s; memory +{grown:.0f} MB, "
        f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB with the client and the tests' own"
    )
    assert size > 0


async def _catalogue(house: House) -> None:
    """Rows of one image multiplied; the pictures are few, because reading them again costs the same."""
    prefixes, frames = [], []
    for number in range(BLOBS):
        body = picture(str(number), 128)
        prefixes.append(layout.png_prefix(f"{number:064x}", "1"))
        frames.append(json.dumps([recorded(1, body)]))
        await house.home.blobs.put(layout.png_key(prefixes[-1], 1), body)
    for study in range(STUDIES):
        occurrence = await house.occurrence("BENCH", f"person {study}", f"1.2.{study}")
        first = await house.image(occurrence, f"1.2.{study}.0", received_at=datetime.now(UTC))
        columns = await house.value(
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_schema = 'rcdm' AND"
            " table_name = 'radiology_image' AND column_name NOT IN ('image_id', 'sop_instance_uid', 'slice_position',"
            " 'png_filepath', 'png_frames')"
        )
        await house.rows(
            f"INSERT INTO rcdm.radiology_image ({columns}, sop_instance_uid, slice_position, png_filepath, png_frames)"
            f" SELECT {columns}, sop_instance_uid || n, n, ($2::text[])[n % {BLOBS} + 1],"
            f" ($3::text[])[n % {BLOBS} + 1]::jsonb FROM rcdm.radiology_image, generate_series(1, $4::int) n"
            " WHERE image_id = $1", first, prefixes, frames, MEMBERS // STUDIES - 1,
        )  # fmt: skip

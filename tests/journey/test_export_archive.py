"""Frozen versions become archives: the same bytes each time, whole or by ranges, with names that tell nothing."""

import asyncio
import csv
import gc
import hashlib
import io
import random
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from services.export.archive.stream import archive_range
from services.export.archive.verify import verify_archive
from services.export.names import OWN_FILES
from services.export.versions import StoredVersion, ready_version
from tests.caller import LINES
from tests.journey.export_house import House, ended, open_house, working
from tests.waiting import until

_READERS = [["unzip", "-tqq"], ["bsdtar", "-tf"]]  # those of them that this machine has


@pytest.fixture(scope="module")
async def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(postgres_server, tmp_path_factory.mktemp("export")) as opened:
        await opened.cohort("ARCHIVE", persons=12)
        yield opened


async def test_a_query_becomes_an_archive(house: House, tmp_path: Path) -> None:
    """D9: the count equals the query's, every picture has the checksum the manifest says."""
    async with working(house):
        accepted = await house.freeze("story", "ARCHIVE", split={"train": 0.5, "validation": 0.25, "test": 0.25})
        operation = await ended(house, accepted["operation_id"])
    assert (operation["state"], operation["done"], operation["total"]) == ("done", 24, 24)
    answer = await house.http.get("/api/v1/datasets/story/versions/latest/archive")
    path = tmp_path / "story.zip"
    path.write_bytes(answer.content)
    report = verify_archive(path)
    assert (report.ok, report.pictures) == (True, 24)


async def test_names_in_an_archive_are_pseudonyms_and_open_everywhere(house: House, tmp_path: Path) -> None:
    """D7."""
    address = await house.build("names", "ARCHIVE", mode="both")
    version = address.rpartition("/")[2]
    path = tmp_path / "names.zip"
    path.write_bytes((await house.http.get(f"{address}/archive")).content)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    shape = rf"names-{version}/P-[0-9a-f]{{12}}/O-[0-9a-f]{{12}}/ARTERIAL/AXIAL/S001-[0-9a-f]{{6}}/000[12]\.png"
    assert all(re.fullmatch(shape, name) for name in names[: -len(OWN_FILES)])
    assert names[-len(OWN_FILES) :] == [f"names-{version}/{name}" for name in OWN_FILES]
    assert len({name.lower() for name in names}) == len(names)


@pytest.mark.parametrize("command", [found for found in _READERS if shutil.which(found[0])], ids=lambda c: c[0])
async def test_other_programs_find_no_fault(house: House, tmp_path: Path, command: list[str]) -> None:
    """D7."""
    path = tmp_path / "other.zip"
    path.write_bytes((await house.http.get(f"{await house.build('other', 'ARCHIVE')}/archive")).content)
    done = await asyncio.to_thread(subprocess.run, [*command, str(path)], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


async def test_ranges_stitched_together_are_the_archive(house: House) -> None:
    """D10: every byte lies where it lay, wherever the reading begins."""
    address = f"{await house.build('ranges', 'ARCHIVE')}/archive"
    whole = await house.http.get(address)
    size = int(whole.headers["content-length"])
    assert len(whole.content) == size
    cuts = sorted({0, size, *random.Random(7).sample(range(1, size), 60)})
    parts = []
    for start, end in pairwise(cuts):
        answer = await house.http.get(address, headers={"Range": f"bytes={start}-{end - 1}"})
        assert (answer.status_code, len(answer.content)) == (206, end - start)
        parts.append(answer.content)
    assert b"".join(parts) == whole.content


async def test_every_offset_can_be_asked_for(house: House) -> None:
    """D10: headers, bodies, directory and end record are found from any of their bytes."""
    await house.cohort("TINY", persons=1, images=1)
    name, _, version = (await house.build("offsets", "TINY", mode="flat")).removeprefix("/api/v1/datasets/").split("/")
    found = await ready_version(house.home.database, name, version, None)
    whole = await _read(house, found, 0, found.archive_bytes or 0)
    for start in [*range(0, 260, 3), *range(len(whole) - 460, len(whole), 5)]:
        part = whole[start : start + 7]
        assert await _read(house, found, start, len(part)) == part


async def _read(house: House, version: StoredVersion, start: int, length: int) -> bytes:
    chunks = archive_range(house.home.database.pool, house.home.blobs, version, start, length)
    return b"".join([chunk async for chunk in chunks])


async def test_a_download_goes_on_only_if_it_is_the_same_archive(house: House) -> None:
    address = f"{await house.build('etag', 'ARCHIVE')}/archive"
    head = await house.http.head(address)
    etag, size = head.headers["etag"], int(head.headers["content-length"])
    assert (head.status_code, head.content, head.headers["accept-ranges"]) == (200, b"", "bytes")
    assert head.headers["content-disposition"] == f'attachment; filename="etag-{address.split("/")[-2]}.zip"'
    assert (await house.http.get(address, headers={"If-None-Match": etag})).status_code == 304
    same = await house.http.get(address, headers={"Range": "bytes=10-", "If-Range": etag})
    other = await house.http.get(address, headers={"Range": "bytes=10-", "If-Range": '"another"'})
    assert (same.status_code, len(same.content)) == (206, size - 10)
    assert (other.status_code, len(other.content)) == (200, size)


@pytest.mark.parametrize("text", ["bytes=99999999999-", "bytes=-0"])
async def test_a_range_behind_the_end_is_416(house: House, text: str) -> None:
    """D5."""
    address = f"{await house.build(f'bad{len(text)}', 'ARCHIVE')}/archive"
    answer = await house.http.get(address, headers={"Range": text})
    assert answer.status_code == 416
    assert answer.headers["content-range"].startswith("bytes */")


async def test_the_same_query_gives_the_same_pictures_under_a_new_number(house: House) -> None:
    """D10."""
    one, two = await house.build("again", "ARCHIVE"), await house.build("again", "ARCHIVE")
    first, second = (await house.http.get(one)).json(), (await house.http.get(two)).json()
    assert first["content_sha256"] == second["content_sha256"]
    assert (first["version"], second["version"]) == (
        f"1-{first['content_sha256'][:12]}",
        f"2-{first['content_sha256'][:12]}",
    )
    bodies = [(await house.http.get(f"{one}/archive")).content for _ in range(2)]
    assert hashlib.sha256(bodies[0]).digest() == hashlib.sha256(bodies[1]).digest()


async def test_no_real_identifier_leaves(house: House) -> None:
    """E2: UIDs, hospitals and the catalogue's own pseudonyms of persons are nowhere in the archive."""
    address = await house.build("canary", "ARCHIVE")
    body = (await house.http.get(f"{address}/archive")).content
    uids = [row["sop_instance_uid"] for row in await house.rows("SELECT sop_instance_uid FROM rcdm.radiology_image")]
    assert not [uid for uid in uids if f",{uid},".encode() in body]
    assert b"ARCHIVE person" not in body
    text = (await house.http.get(f"{address}/manifest.csv")).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert all(row["sop_uid"].startswith("2.25.") for row in rows)
    assert {(row["window_center"], row["intercept"], row["pixel_spacing"]) for row in rows} == {
        ("-600\\40", "-1024", "0.7\\0.7")
    }


async def test_a_stopped_download_frees_everything(house: House) -> None:
    """D6: a client that reads a little and leaves holds no connection of the pool, no task and no file, large or small,
    not even until it is found unused."""
    occurrence = await house.occurrence("LONG", "patient", "1.2.99")
    for number in range(40):
        await house.image(occurrence, f"1.2.99.{number}", side=1200 if number % 4 else 600)
    address = await house.build("stopped", "LONG")
    pool, store, process = house.home.database.pool, str(house.home.settings.data), psutil.Process()
    before = len(asyncio.all_tasks())

    def is_free() -> bool:
        held = [one.path for one in process.open_files() if one.path.startswith(store) and "/objects/" in one.path]
        return len(asyncio.all_tasks()) <= before and pool.get_idle_size() == pool.get_size() and not held

    gc.disable()
    try:
        for place, form in enumerate(["archive", "archive.tar"] * 5):
            reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
            lines = [f"GET {address}/{form} HTTP/1.1", "Host: x", *LINES, f"Range: bytes={place * 1_500_000}-", "", ""]
            writer.write("\r\n".join(lines).encode())
            await reader.readexactly(1000 + 400_000 * place)
            writer.transport.abort()
        await until(is_free, what="freedom")
    finally:
        gc.enable()


async def test_members_are_paged_like_the_manifest(house: House) -> None:
    address = await house.build("members", "ARCHIVE")
    text = (await house.http.get(f"{address}/manifest.csv")).text
    lines = list(csv.DictReader(io.StringIO(text)))
    paths: list[str] = []
    cursor = None
    while True:
        params = {"limit": "7"} | ({"cursor": cursor} if cursor else {})
        page = (await house.http.get(f"{address}/members", params=params)).json()
        paths += [item["path"] for item in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert paths == [line["path"] for line in lines]
    assert page["total"] == 24


async def test_the_archive_as_tar_holds_the_same_files(house: House) -> None:
    """D5, D10: whole, in any range, and nothing of it says when."""
    address = await house.build(
        "tarred", "ARCHIVE", mode="both", split={"train": 0.5, "validation": 0.25, "test": 0.25}
    )
    zipped = zipfile.ZipFile(io.BytesIO((await house.http.get(f"{address}/archive")).content))
    answer = await house.http.get(f"{address}/archive.tar")
    whole = answer.content
    assert int(answer.headers["Content-Length"]) == len(whole)
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        members = archive.getmembers()
        assert [member.name for member in members] == zipped.namelist()
        assert {(member.mtime, member.uid, member.uname, member.mode) for member in members} == {(0, 0, "", 0o644)}
        for member in members:
            body = archive.extractfile(member)
            assert body is not None
            assert body.read() == zipped.read(member.name)
    for start in (0, 1, 511, 512, 700, len(whole) // 2, len(whole) - 1100, len(whole) - 1):
        part = await house.http.get(f"{address}/archive.tar", headers={"Range": f"bytes={start}-{start + 999}"})
        assert part.content == whole[start : start + 1000]

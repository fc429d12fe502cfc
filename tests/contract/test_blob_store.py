"""Everything the blob store promises, on each of its homes."""

import asyncio
import hashlib
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chassis.blobs.keys import key_segments
from chassis.errors import BadKey, BlobMissing
from chassis.messaging.ports import CHUNK_BYTES, BlobStore

MiB = 1 << 20
BAD_KEYS = [
    "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a/..", "a b", "a\\b", "a\x00b", "a\n",
    "%2e%2e/a", "é", "a:b", "a?b", "~/a*", "a/" * 300 + "a", "a" * 513,
]  # fmt: skip


async def gathered(chunks: AsyncIterator[bytes]) -> list[bytes]:
    return [chunk async for chunk in chunks]


async def keys(store: BlobStore, prefix: str = "") -> list[str]:
    return [blob.key async for blob in store.list(prefix)]


@pytest.mark.parametrize("body", [b"", b"x", bytes(range(256)) * 4096])
async def test_gives_back_what_was_put(blob_store: BlobStore, body: bytes) -> None:
    assert await blob_store.put("dicom/ab/abcd", body)
    assert await blob_store.get("dicom/ab/abcd") == body
    assert await blob_store.size("dicom/ab/abcd") == len(body)


async def test_a_second_put_replaces_the_first(blob_store: BlobStore) -> None:
    await blob_store.put("a/b", b"first, and longer")
    assert await blob_store.put("a/b", b"second")
    assert await blob_store.get("a/b") == b"second"


async def test_create_only_leaves_what_is_there(blob_store: BlobStore) -> None:
    assert await blob_store.put("a/b", b"first", create_only=True)
    assert not await blob_store.put("a/b", b"second", create_only=True)
    assert await blob_store.get("a/b") == b"first"


async def test_one_of_sixteen_creators_wins(blob_store: BlobStore) -> None:
    """A13: sixteen at once."""
    bodies = [bytes([number]) * 50_000 for number in range(16)]
    won = await asyncio.gather(*(blob_store.put("a/b", body, create_only=True) for body in bodies))
    assert won.count(True) == 1
    assert await blob_store.get("a/b") == bodies[won.index(True)]


async def test_one_of_sixteen_creators_of_large_files_wins(blob_store: BlobStore, tmp_path: Path) -> None:
    """A13: also where a body is too large to be held."""
    sources = [tmp_path / str(number) for number in range(16)]
    for number, source in enumerate(sources):
        source.write_bytes(bytes([number]) * 5 * MiB)
    won = await asyncio.gather(*(blob_store.put("a/b", source, create_only=True) for source in sources))
    assert won.count(True) == 1
    assert await blob_store.get("a/b") == sources[won.index(True)].read_bytes()


async def test_many_writers_at_once_leave_one_whole_body(blob_store: BlobStore) -> None:
    bodies = [bytes([number]) * 300_000 for number in range(16)]
    await asyncio.gather(*(blob_store.put("a/b", body) for body in bodies))
    assert await blob_store.get("a/b") in bodies


async def test_what_is_not_there_is_missing(blob_store: BlobStore) -> None:
    await blob_store.put("a/b/c", b"")
    for key in ("nothing", "a/nothing", "a/b", "a/b/c/d"):
        for call in (blob_store.get(key), blob_store.get_range(key, 0, 1), blob_store.size(key)):
            with pytest.raises(BlobMissing):
                await call
        with pytest.raises(BlobMissing):
            await gathered(blob_store.stream(key))


async def test_deleted_is_gone_and_deleting_nothing_is_fine(blob_store: BlobStore) -> None:
    await blob_store.put("a/b", b"body")
    for key in ("a/b", "a/b", "a", "never/was", "a/b/c"):
        await blob_store.delete(key)
    assert await keys(blob_store) == []


@pytest.mark.parametrize(("start", "length"), [(0, 10), (3, 4), (0, 0), (9, 1), (9, 100), (10, 5), (50, 5), (5, 0)])
async def test_a_range_is_exact_and_shorter_only_at_the_end(blob_store: BlobStore, start: int, length: int) -> None:
    await blob_store.put("a", b"0123456789")
    assert await blob_store.get_range("a", start, length) == b"0123456789"[start : start + length]
    assert b"".join(await gathered(blob_store.stream("a", start, length))) == b"0123456789"[start : start + length]


async def test_streams_in_chunks_of_about_a_mebibyte(blob_store: BlobStore) -> None:
    body = bytes(range(256)) * (10 * MiB // 256) + b"end"
    await blob_store.put("a", body)
    chunks = await gathered(blob_store.stream("a", 5))
    assert b"".join(chunks) == body[5:]
    assert 0 < len(chunks[0]) <= 2 * CHUNK_BYTES


async def test_a_reader_keeps_the_body_it_began(blob_store: BlobStore) -> None:
    await blob_store.put("a", b"1" * 3 * MiB)
    stream = blob_store.stream("a")
    first = await anext(stream)
    await blob_store.put("a", b"2" * 3 * MiB)
    assert set(first + b"".join(await gathered(stream))) == {ord("1")}


async def test_a_large_file_passes_in_bounded_memory(blob_store: BlobStore, tmp_path: Path) -> None:
    source, before = tmp_path / "source", _resident()
    with source.open("wb") as file:
        for number in range(64):
            file.write(bytes([number]) * MiB)
    await blob_store.put("large", source)
    digest, most = hashlib.sha256(), before
    async for chunk in blob_store.stream("large"):
        digest.update(chunk)
        most = max(most, _resident())
    assert digest.hexdigest() == hashlib.sha256(source.read_bytes()).hexdigest()
    assert most - before < 32 * MiB


async def test_lists_whole_segments_in_the_order_of_keys(blob_store: BlobStore) -> None:
    some = ["a/b", "a-b", "a.b/c", "a/b-c/d", "a/bc", "ab", "a/c/d/e", "b"]
    await asyncio.gather(*(blob_store.put(key, key.encode()) for key in some))
    assert await keys(blob_store) == sorted(some)
    assert await keys(blob_store, "a") == await keys(blob_store, "a/") == ["a/b", "a/b-c/d", "a/bc", "a/c/d/e"]
    assert await keys(blob_store, "a/b") == ["a/b"]
    assert await keys(blob_store, "nothing") == await keys(blob_store, "b/nothing") == []


async def test_a_listing_tells_size_and_time(blob_store: BlobStore) -> None:
    await blob_store.put("a/b", b"12345")
    [blob] = [blob async for blob in blob_store.list("a")]
    assert (blob.key, blob.size) == ("a/b", 5)
    assert abs(blob.modified - datetime.now(UTC)) < timedelta(minutes=2)


async def test_a_long_listing_is_complete(blob_store: BlobStore) -> None:
    wanted = [f"dicom/{number % 7:02d}/{number:04d}" for number in range(1100)]
    for start in range(0, len(wanted), 100):
        await asyncio.gather(*(blob_store.put(key, b"") for key in wanted[start : start + 100]))
    assert await keys(blob_store, "dicom") == sorted(wanted)


@pytest.mark.parametrize("key", BAD_KEYS)
async def test_refuses_a_bad_key_everywhere(blob_store: BlobStore, key: str) -> None:
    for call in (
        blob_store.put(key, b""), blob_store.get(key), blob_store.get_range(key, 0, 1), blob_store.size(key),
        blob_store.delete(key), gathered(blob_store.stream(key)),
    ):  # fmt: skip
        with pytest.raises(BadKey):
            await call


@pytest.mark.parametrize("prefix", ["/", "..", "a/../b", "a//", "/etc", "a b"])
async def test_refuses_a_bad_prefix(blob_store: BlobStore, prefix: str) -> None:
    with pytest.raises(BadKey):
        await keys(blob_store, prefix)


@given(st.text(alphabet=st.sampled_from("ab./\\%~\0é-_ "), max_size=12))
@example("a/../../b")
def test_a_good_key_stays_below_the_root_whatever_it_is(key: str) -> None:
    try:
        segments = key_segments(key)
    except BadKey:
        return
    assert Path("/root", *segments).resolve().is_relative_to("/root/" + segments[0])
    assert "/".join(segments) == key


async def test_a_torn_put_is_never_seen(blob_store: BlobStore, store_address: tuple[str, str], tmp_path: Path) -> None:
    """C1: killed in the middle of a large put, which neither shows nor harms what was there."""
    await blob_store.put("kept", b"whole")
    source = tmp_path / "source"
    source.write_bytes(bytes(64 * MiB))
    for _ in range(3):
        await asyncio.to_thread(_kill_while_putting, *store_address, str(source))
    sizes = {blob.key: blob.size async for blob in blob_store.list("")}
    assert sizes.pop("kept") == 5
    assert set(sizes.values()) <= {64 * MiB}


def _kill_while_putting(home: str, address: str, source: str) -> None:
    command, checkout = [sys.executable, "-c", _PUTTING, home, address, source], Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=checkout) as other:
        assert other.stdout is not None
        other.stdout.readline()
        other.kill()


_PUTTING = """
import asyncio, sys
from pathlib import Path
from tests.contract.conftest import STORES
home, address, source = sys.argv[1:]
async def main():
    async with STORES[home][1](address) as store:
        print("putting", flush=True)
        for number in range(1000):
            await store.put(f"large/{number}", Path(source))
asyncio.run(main())
"""


async def test_is_reachable(blob_store: BlobStore) -> None:
    await blob_store.check()


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)

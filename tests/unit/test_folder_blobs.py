"""What only the blob store in a folder has to show: links, leftovers, modes, a full disk."""

import asyncio
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path
from typing import cast

import pytest

from chassis.blobs.local.files import FolderFiles
from chassis.blobs.local.store import FolderBlobs, folder_blobs
from chassis.errors import BadKey, BlobMissing, SettingsError

CHECKOUT = Path(__file__).parents[2]


async def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    async with folder_blobs(tmp_path / "blobs") as blobs:
        (tmp_path / "blobs/objects/linked").symlink_to(outside)
        (tmp_path / "blobs/objects/link").symlink_to(outside / "secret")
        for key in ("linked/secret", "link"):
            with pytest.raises(BlobMissing):
                await blobs.get(key)
        with pytest.raises(BadKey):
            await blobs.put("linked/new", b"")
        await blobs.delete("linked/secret")
        await blobs.put("link", b"ours")
        assert [blob.key async for blob in blobs.list("")] == ["link"]
    assert [(path.name, path.read_text()) for path in outside.iterdir()] == [("secret", "secret")]


async def test_a_key_below_or_above_another_key_is_refused(tmp_path: Path) -> None:
    async with folder_blobs(tmp_path) as blobs:
        await blobs.put("a/b", b"")
        for key in ("a/b/c", "a"):
            with pytest.raises(BadKey):
                await blobs.put(key, b"", create_only=True)


async def test_files_are_only_ours(tmp_path: Path) -> None:
    async with folder_blobs(tmp_path / "blobs") as blobs:
        await blobs.put("a/b", b"")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "blobs/objects").rglob("*")}
    assert modes == {"a": 0o700, "b": 0o600}


async def test_the_next_start_removes_what_a_killed_process_left_and_only_that(tmp_path: Path) -> None:
    left = tmp_path / "incoming/killed"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"half")
    async with folder_blobs(tmp_path) as one:
        async with folder_blobs(tmp_path) as two:
            assert not left.exists()
            await two.put("b", b"")
        await one.put("a", b"")
    assert list((tmp_path / "incoming").iterdir()) == []


async def test_a_failed_put_leaves_nothing_behind(tmp_path: Path) -> None:
    async with folder_blobs(tmp_path) as blobs:
        with pytest.raises(FileNotFoundError):
            await blobs.put("a/b", tmp_path / "no such source")
        assert [path for path in (tmp_path / "incoming").rglob("*") if path.is_file()] == []
        assert [blob async for blob in blobs.list("")] == []


def test_a_full_disk_is_unavailable_and_works_again_with_room(tmp_path: Path) -> None:
    """C14: no partial object, a sentence, and no restart needed."""
    program = """
import asyncio, pathlib, resource, sys
from chassis.blobs.local.store import folder_blobs
from chassis.errors import Unavailable
async def main():
    async with folder_blobs(pathlib.Path(sys.argv[1])) as blobs:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
        try:
            await blobs.put("large", bytes(1_000_000))
        except Unavailable as error:
            print(error.detail)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await blobs.put("small", b"")
        print([blob.key async for blob in blobs.list("")], list(pathlib.Path(sys.argv[1]).glob("incoming/*/*")))
asyncio.run(main())
"""
    answer = subprocess.run([sys.executable, "-c", program, tmp_path], cwd=CHECKOUT, capture_output=True, text=True)
    assert "no space left" in answer.stdout
    assert "['small'] []" in answer.stdout


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="RCDM_BLOBS"):
        async with folder_blobs(tmp_path / "file/blobs"):
            pass


class SlowOpening:
    """The calls of FolderFiles that a stream needs; opening takes until it is let on."""

    def __init__(self, path: Path) -> None:
        self.path, self.begun, self.go_on = path, threading.Event(), threading.Event()
        self.opened: list[FileIO] = []

    def open(self, key: str) -> FileIO:
        self.begun.set()
        assert self.go_on.wait(30)
        self.opened.append(FileIO(self.path))
        return self.opened[0]


async def test_a_file_that_was_being_opened_for_who_left_is_closed(tmp_path: Path) -> None:
    """D6: a client goes away while a thread opens the body it asked for."""
    path = tmp_path / "body"
    path.write_bytes(b"body")
    files = SlowOpening(path)
    with ThreadPoolExecutor(1) as threads:
        reading = asyncio.ensure_future(anext(FolderBlobs(cast(FolderFiles, files), threads).stream("key")))
        await asyncio.to_thread(files.begun.wait)
        reading.cancel()
        await asyncio.wait([reading])
        files.go_on.set()
    assert [file.closed for file in files.opened] == [True]

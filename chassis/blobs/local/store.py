"""The blob store as a folder: the calls of `folder_files` in threads, where waiting for the disk holds nobody up.

Plain system calls rather than obstore: its LocalStore gives an object its name before anything can be brought to the
disk, so a power cut leaves an empty one; it follows links; and half a megabyte takes 2.3 ms to read, here 0.3.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import TypeVar

from chassis.blobs.keys import prefix_segments
from chassis.blobs.local.files import FolderFiles, blobs_under, read_at, size_of
from chassis.blobs.local.tree import opened_store
from chassis.messaging.ports import CHUNK_BYTES, Blob

_THREADS = 16  # they wait for the disk, not for a core, and the file system flushes many files in one go
_PAGE = 500

T = TypeVar("T")


@asynccontextmanager
async def folder_blobs(root: Path) -> AsyncIterator["FolderBlobs"]:
    """Makes the folder (0700) if need be, and removes what killed processes left unfinished. Raises SettingsError."""
    with opened_store(root) as (tree, aside), ThreadPoolExecutor(_THREADS, thread_name_prefix="blobs") as threads:
        yield FolderBlobs(FolderFiles(tree, aside), threads)


class FolderBlobs:
    """BlobStore on a folder. `a` and `a/b` cannot both be keys: the later one is refused with BadKey."""

    def __init__(self, files: FolderFiles, threads: ThreadPoolExecutor) -> None:
        self._files, self._threads = files, threads

    async def put(self, key: str, body: bytes | Path, *, create_only: bool = False) -> bool:
        return await self._run(lambda: self._files.put(key, body, create_only))

    async def get(self, key: str) -> bytes:
        return await self._run(lambda: self._files.read(key, 0, None))

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        return await self._run(lambda: self._files.read(key, start, length))

    async def stream(self, key: str, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        with await self._open(key) as file:
            end = size_of(file) if length is None else start + length
            while chunk := await self._run(partial(read_at, file, start, max(0, min(end - start, CHUNK_BYTES)))):
                yield chunk
                start += len(chunk)

    async def size(self, key: str) -> int:
        return await self._run(lambda: self._files.size(key))

    async def delete(self, key: str) -> None:
        await self._run(lambda: self._files.delete(key))

    async def list(self, prefix: str) -> AsyncIterator[Blob]:
        """In the order of the keys' bytes."""
        blobs = blobs_under(self._files.tree, prefix_segments(prefix))
        while page := await self._run(lambda: [*islice(blobs, _PAGE)]):
            for blob in page:
                yield blob

    async def check(self) -> None:
        await self._run(self._files.try_writing)

    async def _open(self, key: str) -> FileIO:
        """A thread that is opening a file goes on when we are cancelled; then it closes what it opened."""
        opening = self._threads.submit(self._files.open, key)
        try:
            return await asyncio.wrap_future(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_opened)
            raise

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _close_opened(opening: Future[FileIO]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()

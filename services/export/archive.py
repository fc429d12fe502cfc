"""The archive as a stream of bytes: no file is stored, any range of it is found by its offsets and read from blobs.

Pages of entries are read as they are needed and nothing is held between them, so a client that is slow or stops holds
neither a cursor nor a connection; memory does not grow with the number of members.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from chassis.errors import BlobMissing
from chassis.ports import BlobStore
from services.export.placing import ENTRY_COLUMNS, Placed
from services.export.versions import StoredVersion
from services.export.zip_format import directory_end, directory_record, local_header

_PAGE = 500
_AHEAD = 16
_WHOLE_BYTES = 1 << 20
_SEND_BYTES = 256 << 10


def archive_digest(version: StoredVersion) -> str:
    """Fixed by everything that decides the archive's bytes."""
    parts = (
        version.root,
        version.content_sha256,
        version.manifest_sha256,
        version.archive_bytes,
        version.rule["rules"]["archive"],
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


async def archive_range(
    pool: Any, blobs: BlobStore, version: StoredVersion, start: int, length: int
) -> AsyncIterator[bytes]:
    """Exactly that part of a ready version's archive, in chunks of a convenient size. Raises BlobMissing."""
    buffer = bytearray()
    left = length
    async with aclosing(_from(pool, blobs, version, start)) as chunks:
        async for chunk in chunks:
            taken = chunk[:left]
            left -= len(taken)
            if len(taken) >= _SEND_BYTES and not buffer:
                yield taken
            else:
                buffer += taken
            if len(buffer) >= _SEND_BYTES or (buffer and not left):
                yield bytes(buffer)
                buffer.clear()
            if not left:
                return


async def _from(pool: Any, blobs: BlobStore, version: StoredVersion, start: int) -> AsyncGenerator[bytes, None]:
    """From `start` to the archive's end."""
    offset, size = version.directory_offset or 0, version.directory_bytes or 0
    if start < offset:
        async with aclosing(_files(pool, blobs, version, start)) as chunks:
            async for chunk in chunks:
                yield chunk
    if start < offset + size:
        async for page in _pages(pool, version, "directory_offset", max(0, start - offset)):
            records = b"".join(directory_record(placed.entry, placed.archive_offset) for placed in page)
            yield records[max(0, start - offset - page[0].directory_offset) :]
    end = directory_end(version.members + version.own_files, offset, size)
    yield end[max(0, start - offset - size) :]


async def _files(pool: Any, blobs: BlobStore, version: StoredVersion, start: int) -> AsyncGenerator[bytes, None]:
    """Headers and bytes of the files, those after the present one being fetched meanwhile."""
    ahead: deque[tuple[Placed, asyncio.Task[bytes] | None]] = deque()
    pages = _pages(pool, version, "archive_offset", start)
    try:
        async for page in pages:
            for placed in page:
                ahead.append((placed, _fetch(blobs, placed)))
                if len(ahead) > _AHEAD:
                    async for chunk in _file(blobs, *ahead.popleft(), start):
                        yield chunk
        while ahead:
            async for chunk in _file(blobs, *ahead.popleft(), start):
                yield chunk
    finally:
        for _, task in ahead:
            if task:
                task.cancel()
        await asyncio.gather(*(task for _, task in ahead if task), return_exceptions=True)
        await pages.aclose()


def _fetch(blobs: BlobStore, placed: Placed) -> "asyncio.Task[bytes] | None":
    # Large bodies are streamed when their turn comes.
    return asyncio.ensure_future(blobs.get(placed.blob_key)) if placed.bytes <= _WHOLE_BYTES else None


async def _file(
    blobs: BlobStore, placed: Placed, task: "asyncio.Task[bytes] | None", start: int
) -> AsyncIterator[bytes]:
    """One entry from `start` on, if that lies inside it."""
    header = local_header(placed.entry)
    skipped = max(0, start - placed.archive_offset)
    yield header[skipped:]
    skipped = max(0, skipped - len(header))
    if task:
        body = await task
        if len(body) != placed.bytes:
            # Everything behind it would lie elsewhere: better no archive than a shifted one.
            raise BlobMissing(f"{placed.blob_key} is not what it was when the version was built.")
        yield body[skipped:]
    elif skipped < placed.bytes:
        async for chunk in blobs.stream(placed.blob_key, skipped, placed.bytes - skipped):
            yield chunk


async def _pages(pool: Any, version: StoredVersion, column: str, offset: int) -> AsyncGenerator[list[Placed], None]:
    """Entries in their order, beginning with the one in which `offset` lies."""
    first = await pool.fetchval(
        f"SELECT ordinal FROM export.entry WHERE version_id = $1 AND {column} <= $2 ORDER BY {column} DESC LIMIT 1",
        version.version_id, offset,
    )  # fmt: skip
    while rows := await pool.fetch(
        f"SELECT {ENTRY_COLUMNS} FROM export.entry WHERE version_id = $1 AND ordinal >= $2 ORDER BY ordinal LIMIT $3",
        version.version_id, first, _PAGE,
    ):  # fmt: skip
        page = [Placed(**row) for row in rows]
        yield page
        first = page[-1].ordinal + 1

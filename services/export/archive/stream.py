"""The archive as a stream of bytes: no file is stored, any range of it is found by its offsets and read from blobs.

Pages of entries are read as they are needed and nothing is held between them, so a client that is slow or stops holds
neither a cursor nor a connection; memory does not grow with the number of members.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from chassis.errors import BlobMissing
from chassis.messaging.ports import BlobStore
from services.export.archive.tar import TAR_END, tar_header, tar_padding
from services.export.archive.zip import Entry, directory_end, directory_record, local_header
from services.export.build.archive_layout import ENTRY_COLUMNS, Placed
from services.export.versions import StoredVersion

_PAGE = 500
_AHEAD = 16
_WHOLE_BYTES = 1 << 20
_SEND_BYTES = 256 << 10


@dataclass(frozen=True)
class Shape:
    """How files follow each other: what stands before and behind each, and which column says where."""

    column: str
    before: Callable[[Entry], bytes]
    behind: Callable[[Entry], bytes]


ZIP = Shape("archive_offset", local_header, lambda entry: b"")
TAR = Shape("tar_offset", tar_header, tar_padding)


def archive_digest(version: StoredVersion, form: str = "zip") -> str:
    """Fixed by everything that decides the archive's bytes."""
    parts = (
        version.root,
        version.content_sha256,
        version.manifest_sha256,
        version.archive_bytes,
        version.rule["rules"]["archive"],
    )
    return hashlib.sha256(repr(parts if form == "zip" else (form, *parts)).encode()).hexdigest()


async def archive_range(
    pool: Any, blobs: BlobStore, version: StoredVersion, start: int, length: int
) -> AsyncGenerator[bytes, None]:
    """Exactly that part of a ready version's archive, in chunks of a convenient size. Raises BlobMissing."""
    async with aclosing(_collected(_from(pool, blobs, version, start), length)) as chunks:
        async for chunk in chunks:
            yield chunk


async def tar_range(
    pool: Any, blobs: BlobStore, version: StoredVersion, start: int, length: int
) -> AsyncGenerator[bytes, None]:
    """The same of its archive as TAR."""
    async with aclosing(_collected(_from_tar(pool, blobs, version, start), length)) as chunks:
        async for chunk in chunks:
            yield chunk


async def tar_size(pool: Any, version: StoredVersion) -> int | None:
    """Of the archive as TAR; None for a version of the first releases, which did not place files for it."""
    last = await pool.fetchrow(
        f"SELECT {ENTRY_COLUMNS} FROM export.entry WHERE version_id = $1 ORDER BY ordinal DESC LIMIT 1",
        version.version_id,
    )  # fmt: skip
    return None if last["tar_offset"] is None else Placed(**last).ends[2] + len(TAR_END)


async def _collected(source: AsyncGenerator[bytes, None], length: int) -> AsyncGenerator[bytes, None]:
    """The first `length` bytes, in pieces of a convenient size."""
    buffer, left = bytearray(), length
    async with aclosing(source) as chunks:
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
    raise BlobMissing(f"The archive ends {left} bytes too early: its places are not those it was built with.")


async def _from(pool: Any, blobs: BlobStore, version: StoredVersion, start: int) -> AsyncGenerator[bytes, None]:
    """From `start` to the archive's end."""
    offset, size = version.directory_offset or 0, version.directory_bytes or 0
    if start < offset:
        async with aclosing(_files(pool, blobs, version, start, ZIP)) as chunks:
            async for chunk in chunks:
                yield chunk
    if start < offset + size:
        async with aclosing(_pages(pool, version, "directory_offset", max(0, start - offset))) as pages:
            async for page in pages:
                records = b"".join(directory_record(placed.entry, placed.archive_offset) for placed in page)
                yield records[max(0, start - offset - page[0].directory_offset) :]
    end = directory_end(version.members + version.own_files, offset, size)
    yield end[max(0, start - offset - size) :]


async def _from_tar(pool: Any, blobs: BlobStore, version: StoredVersion, start: int) -> AsyncGenerator[bytes, None]:
    end = (await tar_size(pool, version) or 0) - len(TAR_END)
    if start < end:
        async with aclosing(_files(pool, blobs, version, start, TAR)) as chunks:
            async for chunk in chunks:
                yield chunk
    yield TAR_END[max(0, start - end) :]


async def _files(
    pool: Any, blobs: BlobStore, version: StoredVersion, start: int, shape: Shape
) -> AsyncGenerator[bytes, None]:
    """Headers and bytes of the files, those after the present one being fetched meanwhile."""
    ahead: deque[tuple[Placed, asyncio.Task[bytes] | None]] = deque()
    try:
        async with aclosing(_placed(pool, version, shape.column, start)) as entries:
            async for placed in entries:
                ahead.append((placed, _fetch(blobs, placed)))
                if len(ahead) > _AHEAD:
                    async with aclosing(_file(blobs, *ahead[0], start, shape)) as chunks:
                        async for chunk in chunks:
                            yield chunk
                    ahead.popleft()
        while ahead:
            async with aclosing(_file(blobs, *ahead[0], start, shape)) as chunks:
                async for chunk in chunks:
                    yield chunk
            ahead.popleft()
    finally:
        for _, task in ahead:
            if task:
                task.cancel()
        await asyncio.gather(*(task for _, task in ahead if task), return_exceptions=True)


def _fetch(blobs: BlobStore, placed: Placed) -> "asyncio.Task[bytes] | None":
    # Large bodies are streamed when their turn comes.
    return asyncio.ensure_future(blobs.get(placed.blob_key)) if placed.bytes <= _WHOLE_BYTES else None


async def _file(
    blobs: BlobStore, placed: Placed, task: "asyncio.Task[bytes] | None", start: int, shape: Shape
) -> AsyncGenerator[bytes, None]:
    """One entry from `start` on, if that lies inside it."""
    header = shape.before(placed.entry)
    skipped = max(0, start - getattr(placed, shape.column))
    yield header[skipped:]
    skipped = max(0, skipped - len(header))
    if task:
        body = await task
        if len(body) != placed.bytes:
            # Everything behind it would lie elsewhere: better no archive than a shifted one.
            raise BlobMissing(f"{placed.blob_key} is not what it was when the version was built.")
        yield body[skipped:]
    elif skipped < placed.bytes:
        async with aclosing(blobs.stream(placed.blob_key, skipped, placed.bytes - skipped)) as chunks:
            async for chunk in chunks:
                yield chunk
    yield shape.behind(placed.entry)[max(0, skipped - placed.bytes) :]


async def _placed(pool: Any, version: StoredVersion, column: str, offset: int) -> AsyncGenerator[Placed, None]:
    async with aclosing(_pages(pool, version, column, offset)) as pages:
        async for page in pages:
            for placed in page:
                yield placed


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

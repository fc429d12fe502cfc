"""A stored body as an open descriptor that a worker can be handed: no path, no copy through a pipe."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from chassis.messaging.ports import BlobStore
from chassis.telemetry.metrics import stage

_IN_MEMORY_BYTES = 16 << 20


@asynccontextmanager
async def body_file(service: str, blobs: BlobStore, key: str, size: int) -> AsyncIterator[int]:
    """In memory when small, else in a temporary file without a name; gone when closed. Raises BlobMissing."""
    descriptor = _in_memory() if size <= _IN_MEMORY_BYTES else _on_disk()
    try:
        with stage(service, "get"):
            await _fetch(blobs, key, size, descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


async def _fetch(blobs: BlobStore, key: str, size: int, descriptor: int) -> None:
    if size <= _IN_MEMORY_BYTES:
        _write(descriptor, await blobs.get(key))
        return
    async with aclosing(blobs.stream(key)) as chunks:
        async for chunk in chunks:
            await asyncio.to_thread(_write, descriptor, chunk)


def _in_memory() -> int:
    return os.memfd_create("body") if hasattr(os, "memfd_create") else _on_disk()


def _on_disk() -> int:
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _write(descriptor: int, body: bytes) -> None:
    rest = memoryview(body)
    while rest:
        rest = rest[os.write(descriptor, rest) :]

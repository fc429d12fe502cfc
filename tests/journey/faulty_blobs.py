"""A blob store that can be away, or slow, as a store over a network is."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

from chassis.errors import Unavailable
from chassis.messaging.ports import Blob, BlobStore


class FaultyBlobs:
    """BlobStore: hands everything on to another one, unless told to be `away`; counts what was put."""

    def __init__(self, inner: BlobStore) -> None:
        self.inner = inner
        self.away = False
        self.keeps = False  # away as well, but only for who deletes
        self.puts = 0
        self.fails_after: int | None = None

    async def put(self, key: str, body: bytes | Path, *, create_only: bool = False) -> bool:
        self.puts += 1
        if self.away or (self.fails_after is not None and self.puts > self.fails_after):
            raise Unavailable("The blob store does not answer.")
        return await self.inner.put(key, body, create_only=create_only)

    async def get(self, key: str) -> bytes:
        return await self.inner.get(key)

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        return await self.inner.get_range(key, start, length)

    def stream(self, key: str, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        return self.inner.stream(key, start, length)

    async def size(self, key: str) -> int:
        return await self.inner.size(key)

    async def delete(self, key: str) -> None:
        if self.keeps:
            raise Unavailable("The blob store does not answer.")
        await self.inner.delete(key)

    def list(self, prefix: str) -> AsyncIterator[Blob]:
        return self.inner.list(prefix)

    async def check(self) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("The blob store does not answer.")

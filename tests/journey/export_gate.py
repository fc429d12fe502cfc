"""A blob store that stands still in the middle, so that a test can do something there."""

import asyncio
from typing import Any

from chassis.messaging.ports import BlobStore


class Gate:
    """A blob store whose reads of pictures stop after `free` of them until it is opened."""

    def __init__(self, store: BlobStore, free: int) -> None:
        self._store, self._left = store, free
        self.opened, self.reached = asyncio.Event(), asyncio.Event()

    async def get(self, key: str) -> bytes:
        self._left -= 1
        if self._left < 0:
            self.reached.set()
            await self.opened.wait()
        return await self._store.get(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

"""An object's pictures on their way to the store, while its worker goes on drawing or takes the next object."""

import asyncio

from chassis.aio import gather_bounded
from chassis.blobs.keys import png_key
from chassis.messaging.ports import BlobStore
from chassis.telemetry.metrics import stage

_ON_THEIR_WAY = 4
_DELETES_AT_ONCE = 16  # each is a way to the store and back


class FrameStore:
    """`keep` holds up whoever draws faster than the store takes, so memory is bounded by a few pictures."""

    def __init__(self, blobs: BlobStore, prefix: str) -> None:
        self._blobs, self._prefix = blobs, prefix
        self._puts: set[asyncio.Task[None]] = set()
        self.frames: set[int] = set()

    async def __aenter__(self) -> "FrameStore":
        return self

    async def __aexit__(self, *_: object) -> None:
        """No put of ours is left without somebody who waits for it."""
        for put in self._puts:
            put.cancel()
        await asyncio.gather(*self._puts, return_exceptions=True)

    async def keep(self, frame: int, png: bytes) -> None:
        """Raises what an earlier put raised."""
        while len(self._puts) >= _ON_THEIR_WAY:
            await self._settle(asyncio.FIRST_COMPLETED)
        self.frames.add(frame)
        self._puts.add(asyncio.create_task(self._put(frame, png)))

    async def all_kept(self) -> None:
        """Durable when it returns. Raises what a put raised."""
        while self._puts:
            await self._settle(asyncio.ALL_COMPLETED)

    async def forget(self) -> None:
        """For an object whose later frames cannot be drawn: no picture is the whole answer."""
        keys = [png_key(self._prefix, frame) for frame in self.frames]
        await gather_bounded(_DELETES_AT_ONCE, self._blobs.delete, keys)

    async def _settle(self, when: str) -> None:
        done, self._puts = await asyncio.wait(self._puts, return_when=when)
        for put in done:
            put.result()

    async def _put(self, frame: int, png: bytes) -> None:
        with stage("extract", "put"):
            await self._blobs.put(png_key(self._prefix, frame), png)

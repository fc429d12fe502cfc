"""The blob store on S3 (AWS S3, MinIO and what speaks like them): one object of the bucket per key."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError

from chassis.blobs.keys import key_segments, prefix_segments
from chassis.blobs.s3.address import s3_address
from chassis.blobs.s3.bucket import prepare
from chassis.blobs.s3.client import S3Client, away, in_our_words, s3_client, status_of
from chassis.blobs.s3.read import chunks_of, meta_of
from chassis.blobs.s3.upload import upload
from chassis.errors import BlobMissing
from chassis.messaging.ports import Blob

if TYPE_CHECKING:  # obstore has this name for the type checker only
    from obstore import ObjectMeta

_WHOLE_BYTES = 4 << 20  # held in memory and sent as it is
_PAGE = 1000
# Nothing is decided yet: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
_OTHERS_WRITE = 409
_PAUSES_SECONDS = (0.1, 0.4, 1.6)


@asynccontextmanager
async def s3_blobs(address: str) -> AsyncIterator["S3Blobs"]:
    """Makes the bucket if it is missing and we may. Raises SettingsError, Unavailable: the host comes again then."""
    client = s3_client(s3_address(address))
    async with client.http:
        await prepare(client)
        yield S3Blobs(client)


class S3Blobs:
    """BlobStore on S3. It is away after ten silent seconds, however long a body takes."""

    def __init__(self, client: S3Client) -> None:
        self._client, self._store = client, client.store

    async def put(self, key: str, body: bytes | Path, *, create_only: bool = False) -> bool:
        path = self._path(key)
        if isinstance(body, Path):
            body = await asyncio.to_thread(_in_memory_if_small, body)
        if isinstance(body, Path) or len(body) > _WHOLE_BYTES:
            return await upload(self._client, key, body, create_only)
        with in_our_words(key):
            if create_only:
                return await self._create(path, body)
            await obstore.put_async(self._store, path, body, use_multipart=False)
        return True

    async def get(self, key: str) -> bytes:
        with in_our_words(key):
            found = await obstore.get_async(self._store, self._path(key))
            return (await found.bytes_async()).to_bytes()

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        return b"".join([chunk async for chunk in self.stream(key, start, length)])

    async def stream(self, key: str, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        if start < 0 or (length or 0) < 0:
            raise ValueError(f"start {start} and length {length} must not be negative")
        path = self._path(key)
        if length == 0:
            await self.size(key)
        # Closed with us: who stops a download half way gives back its connection at once.
        with in_our_words(key):
            async with aclosing(chunks_of(self._store, path, start, length)) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def size(self, key: str) -> int:
        path = self._path(key)
        with in_our_words(key):
            return (await meta_of(self._store, path))["size"]

    async def delete(self, key: str) -> None:
        path = self._path(key)
        with suppress(BlobMissing), in_our_words(key):
            await obstore.delete_async(self._store, path)

    async def list(self, prefix: str) -> AsyncIterator[Blob]:
        """In the order of the keys' bytes, which is the order of S3."""
        below = "/".join(prefix_segments(prefix))
        with in_our_words(below):
            if below:
                with suppress(FileNotFoundError):
                    yield self._blob(await meta_of(self._store, self._client.path(below)))
            async for page in obstore.list(self._store, self._client.path(below), chunk_size=_PAGE):
                for found in page:
                    yield self._blob(found)

    async def check(self) -> None:
        with in_our_words():
            await obstore.put_async(self._store, self._client.probe("written"), b"written", use_multipart=False)

    async def _create(self, path: str, body: bytes) -> bool:
        for pause in _PAUSES_SECONDS:
            try:
                await obstore.put_async(self._store, path, body, mode="create")
            except AlreadyExistsError as error:
                if status_of(error) != _OTHERS_WRITE:
                    return False
            else:
                return True
            await asyncio.sleep(pause)
        raise away("has others writing the same object at this moment")

    def _path(self, key: str) -> str:
        return self._client.path("/".join(key_segments(key)))

    def _blob(self, found: "ObjectMeta") -> Blob:
        return Blob(found["path"].removeprefix(self._client.path("")), found["size"], found["last_modified"])


def _in_memory_if_small(body: Path) -> bytes | Path:
    return body.read_bytes() if body.stat().st_size <= _WHOLE_BYTES else body

"""A blob store whose calls are counted, timed and traced; what it promises is the store's own promise."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

from chassis.errors import BadKey, BlobMissing
from chassis.messaging.ports import Blob, BlobStore
from chassis.telemetry.metrics import BLOB_BYTES, BLOB_FAILURES, BLOB_SECONDS
from chassis.telemetry.tracing import span

_READ, _WRITTEN = BLOB_BYTES.labels("read"), BLOB_BYTES.labels("written")


class MeasuredBlobs:
    """A stream and a listing are only counted: their time is mostly their reader's."""

    def __init__(self, store: BlobStore) -> None:
        self._store = store

    async def put(self, key: str, body: bytes | Path, *, create_only: bool = False) -> bool:
        size = _size(body)
        with _call("put"):
            is_new = await self._store.put(key, body, create_only=create_only)
        if is_new:
            _WRITTEN.inc(size)
        return is_new

    async def get(self, key: str) -> bytes:
        with _call("get"):
            body = await self._store.get(key)
        _READ.inc(len(body))
        return body

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        with _call("get_range"):
            body = await self._store.get_range(key, start, length)
        _READ.inc(len(body))
        return body

    async def stream(self, key: str, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        with _failures("stream"):
            async with aclosing(self._store.stream(key, start, length)) as chunks:
                async for chunk in chunks:
                    _READ.inc(len(chunk))
                    yield chunk

    async def size(self, key: str) -> int:
        with _call("size"):
            return await self._store.size(key)

    async def delete(self, key: str) -> None:
        with _call("delete"):
            await self._store.delete(key)

    async def list(self, prefix: str) -> AsyncIterator[Blob]:
        with _failures("list"):
            async for blob in self._store.list(prefix):
                yield blob

    async def check(self) -> None:
        with _call("check"):
            await self._store.check()


def _size(body: bytes | Path) -> int:
    return len(body) if isinstance(body, bytes) else body.stat().st_size


@contextmanager
def _call(operation: str) -> Iterator[None]:
    with _failures(operation), BLOB_SECONDS.labels(operation).time(), span(f"blob {operation}"):
        yield


@contextmanager
def _failures(operation: str) -> Iterator[None]:
    try:
        yield
    except (BlobMissing, BadKey):
        raise  # an answer
    except Exception:
        BLOB_FAILURES.labels(operation).inc()
        raise

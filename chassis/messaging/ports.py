"""What the services need from a home, in our words: an event log and a place for blobs."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

MAX_EVENT_BYTES = 900_000
MAX_HEADER_BYTES = 64_000
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Event:
    """A fact on its way out. The key keeps its order and never holds patient data."""

    key: str
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """A fact as the log keeps it."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    headers: Mapping[str, str]


BatchHandler = Callable[[Sequence[Record]], Awaitable[None]]


class EventLog(Protocol):
    """Topics with partitions; every group sees every record; one key keeps its order."""

    async def append(self, topic: str, events: Sequence[Event]) -> None:
        """Durable when it returns; where the call raises Unavailable, nobody knows what was kept.

        Raises EventTooLarge for a value above 900 kB, or key and headers above 64 kB together: nothing of the call is
        kept. Raises Unavailable after some fifteen seconds.
        """

    async def subscribe(self, topic: str, group: str, handle: BatchHandler, *, max_records: int = 100) -> None:
        """Hand over batches until cancelled; commit a batch after `handle` returned.

        Members of one group share the partitions; those of a member that leaves come to the others within seconds, of
        one that was killed within fifteen. `handle` may take long: its partitions are kept, except that a change among
        the members may cancel it after some twenty seconds. Within a batch a partition's records are in order. A
        record that was not committed comes again. A new group starts at the beginning. A waiting subscriber wakes
        within a second. While the log is away the subscription waits. What `handle` raises ends it uncommitted.
        """

    async def lag(self, topic: str, group: str) -> int:
        """How many records of the topic the group has not committed."""

    def has_joined(self, topic: str, group: str) -> bool:
        """Whether a subscription of this log object is a member of the group now; it may hold no partition yet."""

    async def check(self) -> None:
        """Raises Unavailable when the log cannot be reached."""


@dataclass(frozen=True)
class Blob:
    """One stored object as a listing shows it."""

    key: str
    size: int
    modified: datetime


class BlobStore(Protocol):
    """Bytes under keys. Half a put is never seen; a key can never leave the store (BadKey).

    A key is made of A-Z a-z 0-9 . _ - and slashes, at most 512 bytes, no part of it empty, `.` or `..`. No caller
    lets a key go on below another (`a` and `a/b`): a folder would refuse it, S3 would not; layout.py has none such.
    """

    async def put(self, key: str, body: bytes | Path, *, create_only: bool = False) -> bool:
        """Durable when it returns. A path is streamed in bounded memory. False: create_only, and it was there."""

    async def get(self, key: str) -> bytes:
        """The whole body. Raises BlobMissing."""

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        """Exactly the bytes asked for, fewer only at the end of the body. Raises BlobMissing."""

    def stream(self, key: str, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        """The body, or a part of it, in chunks of about a mebibyte, for the caller to close. Raises BlobMissing."""

    async def size(self, key: str) -> int:
        """Bytes of the body. Raises BlobMissing."""

    async def delete(self, key: str) -> None:
        """Gone when it returns; a key that is not there is fine."""

    def list(self, prefix: str) -> AsyncIterator[Blob]:
        """Every object whose key starts with the prefix (empty, or whole path segments), in bounded memory.

        In the order of the keys' bytes: `a` lists `a/b` and `a/c`, never `ab`.
        """

    async def check(self) -> None:
        """Raises Unavailable when the store cannot be reached or written."""

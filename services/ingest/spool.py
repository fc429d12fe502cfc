"""Received bytes on their way to the blob store: small ones in memory, others in a file that does not outlive us."""

import errno
import fcntl
import hashlib
import mmap
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import IO, TypeVar

from chassis.errors import Unavailable
from services.ingest.metrics import IN_MEMORY, ON_DISK

MEMORY_BYTES_PER_FILE = 2 << 20
MEMORY_BYTES = 128 << 20
START_BYTES = 132  # preamble and DICM
_WRITE_BYTES = 512 << 10
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_LOCK = "lock"

T = TypeVar("T")


class Spool:
    """One process's folder of received files, and the memory all requests together may use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._in_memory = 0
        self._counting = Lock()

    def file(self) -> "SpooledFile":
        return SpooledFile(self)

    @property
    def is_full(self) -> bool:
        return self._in_memory > MEMORY_BYTES

    def hold(self, more: int) -> None:
        """Files grow on the event loop and in threads."""
        with self._counting:
            self._in_memory += more
        IN_MEMORY.inc(more)


@dataclass
class SpooledFile:
    """Grows by `append`; whoever appends calls `settle`, off the event loop, when `wants_disk`. The owner closes it."""

    spool: Spool
    size: int = 0
    path: Path | None = None
    _chunks: list[bytes] = field(default_factory=list)
    _held: int = 0
    _written: int = 0
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def append(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self.size += len(chunk)
        self._hold(len(chunk))

    @property
    def wants_disk(self) -> bool:
        if self.path:
            return self._held >= _WRITE_BYTES
        return self._held > MEMORY_BYTES_PER_FILE or (self._held > 0 and self.spool.is_full)

    def settle(self) -> None:
        """Write what is held in memory behind what is on disk. Raises Unavailable when the disk is full."""
        self.path = self.path or self.spool.folder / token_hex(8)
        try:
            with self.path.open("ab") as file:
                file.writelines(self._chunks)
            for chunk in self._chunks:
                self._digest.update(chunk)
        except OSError as error:
            if error.errno not in _NO_SPACE:
                raise
            raise Unavailable("There is no space for received files; try again later.") from error
        self._write(self._held)
        self._chunks.clear()
        self._hold(-self._held)

    def finish(self) -> None:
        """All bytes are here."""
        if self.path:
            self.settle()

    @cached_property
    def sha256(self) -> str:
        """Of a finished file. Blocks as long as hashing takes: not on the event loop."""
        if not self.path:
            self._digest.update(self._whole())
        return self._digest.hexdigest()

    @property
    def start(self) -> bytes:
        """The first bytes, enough to tell what kind of file this is; only of a finished file."""
        if self._chunks and len(self._chunks[0]) >= START_BYTES:
            return self._chunks[0][:START_BYTES]
        return self.read(lambda body: bytes(body[:START_BYTES]))

    def read(self, use: Callable[[bytes | mmap.mmap], T]) -> T:
        """What `use` makes of the whole body, which it must not keep."""
        if not self.path:
            return use(self._whole())
        with self.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body:
            return use(body)

    def body(self) -> bytes | Path:
        return self.path or self._whole()

    def close(self) -> None:
        """Bytes and file are gone; closing twice is fine. Also done when nobody knows the file any more."""
        self._chunks.clear()
        self._hold(-self._held)
        self._write(-self._written)
        if self.path:
            self.path.unlink(missing_ok=True)

    def __del__(self) -> None:
        self.close()

    def _whole(self) -> bytes:
        if len(self._chunks) != 1:
            self._chunks = [b"".join(self._chunks)]
        return self._chunks[0]

    def _hold(self, more: int) -> None:
        self._held += more
        self.spool.hold(more)

    def _write(self, more: int) -> None:
        self._written += more
        ON_DISK.inc(more)


@contextmanager
def open_spool(folder: Path) -> Iterator[Spool]:
    """A folder of our own under `folder`; folders that dead processes left there are removed first."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        _remove_if_dead(left)
    own = folder / token_hex(8)
    own.mkdir()
    with (own / _LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield Spool(own)
        finally:
            shutil.rmtree(own, ignore_errors=True)


def _remove_if_dead(folder: Path) -> None:
    # A process that is alive holds the lock of its folder; the kernel frees it however the process ends.
    with suppress(OSError), _locked(folder / _LOCK):
        shutil.rmtree(folder)


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    with os.fdopen(os.open(path, os.O_RDWR), "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield file

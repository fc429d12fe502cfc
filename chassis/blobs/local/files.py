"""One object is one file: written aside, synced to disk, then given its name; listed lazily in the order of key bytes.

Everything here blocks.
"""

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from chassis.blobs.keys import key_segments
from chassis.blobs.local.tree import FolderTree
from chassis.errors import BadKey, BlobMissing, Unavailable
from chassis.messaging.ports import CHUNK_BYTES, Blob

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# A file where we look for a folder, a link, a folder where we look for a file.
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EISDIR}


@dataclass(frozen=True)
class FolderFiles:
    """`aside` is a descriptor of the folder where this process writes what is not whole yet."""

    tree: FolderTree
    aside: int

    def put(self, key: str, body: bytes | Path, create_only: bool) -> bool:
        *folders, name = key_segments(key)
        with _room_needed(), self.tree.folder(folders, make=True) as folder:
            placed = not (_is_there(key, name, folder) and create_only) and self._place(body, name, folder, create_only)
            # Also when it was there: its writer may not have come so far, and we say that it is kept.
            os.fsync(folder)
            return placed

    def open(self, key: str) -> FileIO:
        """For the caller to close. Raises BlobMissing."""
        *folders, name = key_segments(key)
        try:
            with self.tree.folder(folders) as folder:
                return FileIO(name, opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW, dir_fd=folder))
        except OSError as error:
            if error.errno not in _NOT_THERE:
                raise
            raise BlobMissing(f"There is no object {key}.") from None

    def read(self, key: str, start: int, length: int | None) -> bytes:
        with self.open(key) as file:
            return read_at(file, start, size_of(file) if length is None else length)

    def size(self, key: str) -> int:
        with self.open(key) as file:
            return size_of(file)

    def delete(self, key: str) -> None:
        *folders, name = key_segments(key)
        with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError), self.tree.folder(folders) as folder:
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)

    def try_writing(self) -> None:
        """Raises Unavailable."""
        try:
            with self._written_aside(b"written"):
                pass
        except OSError as error:
            raise Unavailable(f"The blob folder cannot be written ({error.strerror}).") from error

    def _place(self, body: bytes | Path, name: str, folder: int, create_only: bool) -> bool:
        give_name = os.link if create_only else os.rename  # a rename replaces what has the name, a link never does
        with self._written_aside(body) as written:
            try:
                give_name(written, name, src_dir_fd=self.aside, dst_dir_fd=folder)
            except FileExistsError:
                return False
        return True

    @contextmanager
    def _written_aside(self, body: bytes | Path) -> Iterator[str]:
        name = secrets.token_hex(8)
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=self.aside)
        try:
            _write(body, descriptor)
            yield name
        finally:
            with suppress(FileNotFoundError):  # it has its real name by now
                os.unlink(name, dir_fd=self.aside)


def size_of(file: FileIO) -> int:
    return os.fstat(file.fileno()).st_size


def read_at(file: FileIO, start: int, length: int) -> bytes:
    """So many bytes, fewer only at the end of the file."""
    if start < 0 or length < 0:
        raise ValueError(f"start {start} and length {length} must not be negative")
    left = max(0, min(length, size_of(file) - start))
    parts: list[bytes] = []
    while left > 0 and (part := os.pread(file.fileno(), left, start)):  # at most 2 GiB at a time
        parts.append(part)
        start, left = start + len(part), left - len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _write(body: bytes | Path, descriptor: int) -> None:
    with os.fdopen(descriptor, "wb") as file:
        if isinstance(body, Path):
            with body.open("rb") as source:
                shutil.copyfileobj(source, file, CHUNK_BYTES)
        else:
            file.write(body)
        file.flush()
        os.fsync(descriptor)


def _is_there(key: str, name: str, folder: int) -> bool:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(found.st_mode):
        raise BadKey(f"{key} cannot be a key: other keys go on below it.")
    return True


@contextmanager
def _room_needed() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise Unavailable("There is no space left for blobs; free some on the disk of the data.") from error


def blobs_under(tree: FolderTree, prefix: Sequence[str]) -> Iterator[Blob]:
    """The object of that very key, and those in the folder of that name; one folder's names are held at a time."""
    with suppress(FileNotFoundError, NotADirectoryError):
        if prefix:
            with tree.folder(prefix[:-1]) as folder:
                yield from _object([*prefix], folder)
        yield from _objects(tree, prefix)


def _objects(tree: FolderTree, names: Sequence[str]) -> Iterator[Blob]:
    with tree.folder(names) as folder:
        for name, is_folder in _entries(folder):
            if is_folder:
                yield from _objects(tree, [*names, name])
            else:
                yield from _object([*names, name], folder)


def _entries(folder: int) -> list[tuple[str, bool]]:
    with os.scandir(folder) as found:
        entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
    # A folder's keys go on with a slash, which sorts after `-` and `.`.
    return sorted(entries, key=lambda entry: entry[0] + "/" * entry[1])


def _object(names: list[str], folder: int) -> Iterator[Blob]:
    with suppress(FileNotFoundError):  # deleted meanwhile
        found = os.stat(names[-1], dir_fd=folder, follow_symlinks=False)
        if stat.S_ISREG(found.st_mode):
            yield Blob("/".join(names), found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

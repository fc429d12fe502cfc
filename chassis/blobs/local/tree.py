"""Folders entered one name at a time and never through a link, so that no path can lead out of the store."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from chassis.errors import BadKey, SettingsError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_KNOWN = 100_000


class FolderTree:
    """The folder `objects` of a store; `known` are folders whose own names are on the disk."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._known = descriptor, set[str]()

    @contextmanager
    def folder(self, names: Sequence[str], *, make: bool = False) -> Iterator[int]:
        """A descriptor of the folder. With `make`, it is there and will be after a power cut.

        Where a file or a link is in the way it raises NotADirectoryError, with `make` BadKey.
        """
        descriptor = os.open(".", _FOLDER, dir_fd=self._descriptor)
        try:
            for depth, name in enumerate(names, start=1):
                if make and (path := "/".join(names[:depth])) not in self._known:
                    self._make(name, descriptor)
                    self._remember(path)
                parent, descriptor = descriptor, self._enter(name, descriptor, make)
                os.close(parent)
            yield descriptor
        finally:
            os.close(descriptor)

    def _enter(self, name: str, parent: int, make: bool) -> int:
        try:
            return os.open(name, _FOLDER, dir_fd=parent)
        except NotADirectoryError:
            if not make:
                raise
            raise BadKey(f"No key can go on below {name}, which is an object.") from None

    def _make(self, name: str, parent: int) -> None:
        with suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=parent)
        os.fsync(parent)  # also when it was there: whoever made it may not have come so far

    def _remember(self, path: str) -> None:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known.add(path)


@contextmanager
def opened_store(root: Path) -> Iterator[tuple[FolderTree, int]]:
    """The tree of objects, and a descriptor of the folder where this process writes aside. Raises SettingsError."""
    try:
        for name in ("objects", "incoming"):
            (root / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        objects = os.open(root / "objects", _FOLDER)
    except OSError as error:
        raise SettingsError(f"RCDM_BLOBS: the folder {root} cannot be used ({error.strerror}).") from None
    try:
        with _incoming(root / "incoming") as incoming:
            yield FolderTree(objects), incoming
    finally:
        os.close(objects)


@contextmanager
def _incoming(folder: Path) -> Iterator[int]:
    """A folder of our own, locked while we live: what has no lock was left by a killed process."""
    own = folder / secrets.token_hex(8)
    with _alone(folder):
        _remove_leftovers(folder)
        own.mkdir(mode=0o700)
        descriptor = os.open(own, _FOLDER)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield descriptor
    finally:
        shutil.rmtree(own, ignore_errors=True)
        os.close(descriptor)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, _FOLDER)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _remove_leftovers(folder: Path) -> None:
    for left in folder.iterdir():
        descriptor = os.open(left, _FOLDER)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left)
        except BlockingIOError:
            continue  # its process lives
        finally:
            os.close(descriptor)

"""The objects below a prefix, lazily and in the order of their keys' bytes."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from chassis.adapters.folder_tree import FolderTree
from chassis.ports import Blob


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

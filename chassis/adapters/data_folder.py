"""The data folder belongs to one process at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chassis.errors import SettingsError


@contextmanager
def data_folder_lock(data: Path) -> Iterator[None]:
    """Makes the folder (0700) if need be and holds it. Raises SettingsError naming the process that has it.

    The lock is the kernel's: it ends with the process, however that ends, so a file left behind blocks nobody.
    """
    descriptor = _open(data)
    try:
        _lock(descriptor, data)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_held(data: Path) -> bool:
    """Whether a process has the folder now."""
    try:
        with (data / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _open(data: Path) -> int:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(data / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SettingsError(f"RCDM_DATA: the folder {data} cannot be written ({error.strerror}).") from None


def _lock(descriptor: int, data: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        raise SettingsError(
            f"The data folder {data} is in use by process {holder}. Stop it, or name another folder in RCDM_DATA."
        ) from None

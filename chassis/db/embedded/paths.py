"""Where one embedded server keeps its files and listens; the data folder belongs to one process at a time."""

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from chassis.db.embedded.binaries import ServerUser, server_user
from chassis.errors import SettingsError

NAME = "rcdm"  # of the role and of the database
_ROOM_PREFIX = "rcdm-"
_ROOM_BYTES = 107 - len("/.s.PGSQL.5432.lock")  # the path of a Unix socket ends at 107 bytes on Linux


@dataclass(frozen=True)
class Place:
    """What the server keeps is under `home`, in the data folder; `room` is a short folder while it runs."""

    home: Path
    room: Path
    user: ServerUser

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def password_file(self) -> Path:
        return self.home / "password"

    def dsn(self, database: str = NAME) -> str:
        """Names the password's file and never holds the password."""
        return f"postgresql://{NAME}@/{database}?host={quote(str(self.room))}&passfile={quote(str(self.password_file))}"


@contextmanager
def server_place(data: Path) -> Iterator[Place]:
    """The place in this data folder; what a killed run left in the temporary folder is removed."""
    place = open_place(data / "postgres")
    try:
        yield place
    finally:
        close_place(place.home)


def open_place(home: Path) -> Place:
    """The place of a server in this folder, with a new room; the room of an earlier run is removed."""
    user = server_user()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    close_place(home)
    room = Path(tempfile.mkdtemp(prefix=_ROOM_PREFIX, dir=_short_folder()))
    (home / "run").symlink_to(room)
    user.own(room)
    return Place(home, room, user)


def running_place(data: Path) -> Place | None:
    """Where a server of this data folder listens, or did until it was killed."""
    home = data / "postgres"
    link = home / "run"
    return Place(home, link.readlink(), server_user()) if link.is_symlink() else None


def close_place(home: Path) -> None:
    """Removes the room. A stranger's folder that took its name meanwhile is left alone."""
    link = home / "run"
    if not link.is_symlink():
        return
    room = link.readlink()
    if room.is_dir() and not room.is_symlink() and room.stat().st_uid == server_user().uid:
        shutil.rmtree(room, ignore_errors=True)
    link.unlink()


def password_of(place: Place) -> str:
    """Made at the first start, then kept, in the form of a libpq password file."""
    if not place.cluster.exists():
        _write_password(place.password_file, secrets.token_hex(32))
    try:
        return place.password_file.read_text().rpartition(":")[2].strip()
    except FileNotFoundError:
        raise SettingsError(f"{place.password_file} is missing: bring it back from the backup of the data.") from None


def _write_password(path: Path, password: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"*:*:*:*:{password}\n")
        file.flush()
        os.fsync(file.fileno())


def _short_folder() -> str:
    """A data folder may lie deeper than a socket's path may be long, so sockets live in the temporary folder."""
    usual = tempfile.gettempdir()
    longest = len(os.fsencode(usual)) + len(f"/{_ROOM_PREFIX}12345678")
    return usual if longest <= _ROOM_BYTES else "/tmp"  # noqa: S108 - the room itself is 0700


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

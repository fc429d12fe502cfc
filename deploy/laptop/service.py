"""`rcdm serve` as a process: some services, with the settings of the home they work on."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.laptop.ports import HOST, answers_200, kept_port
from deploy.laptop.server import Command, Server, plain_environment

CHECKOUT = Path(__file__).parents[2]


def service(folder: Path, names: Sequence[str], settings: Mapping[str, str], member: str = "") -> Server:
    """What it keeps for itself is under its folder. `member`: its name in its consumer groups, if it always returns."""
    port = kept_port(folder)
    own = {"RCDM_DATA": str(folder / "data"), "RCDM_LISTEN": f"{HOST}:{port}", "RCDM_MEMBER": member}
    command = Command(
        [sys.executable, "-m", "services", "serve", *names], plain_environment(**{**settings, **own}), {"cwd": CHECKOUT}
    )
    return Server(
        folder.name, folder, port, f"http://{HOST}:{port}", lambda _: command, lambda: answers_200(port, "/readyz")
    )

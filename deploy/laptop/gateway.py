"""nginx as the gateway, from the templates that compose and the chart use too."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from signal import SIGTERM

from chassis.db.embedded.binaries import server_user
from deploy.gateway.render import render
from deploy.laptop.ports import HOST, answers_200, kept_port
from deploy.laptop.server import Command, Server, plain_environment
from deploy.programs.cache import where

# One person's programs may ask more at once than a caller in a hospital.
_SETTINGS = {
    "GATEWAY_TRANSPORT": "plain",
    "GATEWAY_CERTIFICATE": "",
    "GATEWAY_CERTIFICATE_KEY": "",
    "GATEWAY_TRUSTED": "192.0.2.0/32",
    "GATEWAY_RATE": "1000",
    "GATEWAY_CONNECTIONS": "200",
    "GATEWAY_REQUEST_BYTES": str(2 << 30),
}


def gateway(folder: Path, services: Mapping[str, int], settings: Mapping[str, str] | None = None) -> Server:
    """`services` are the ports of ingest, catalog, export, operations and front; `address` is the public one."""
    port = kept_port(folder)
    values = {
        **_SETTINGS,
        **(settings or {}),
        **{f"GATEWAY_{name.upper()}": f"{HOST}:{service}" for name, service in services.items()},
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        "GATEWAY_ACCESS_LOG": str(folder / "access.log"),
    }
    return Server(
        "gateway",
        folder,
        port,
        f"http://{HOST}:{port}",
        lambda _: _prepare(folder, values),
        lambda: answers_200(port, "/livez"),
        SIGTERM,
        clean_up=lambda: _remove_room(folder / "run"),
    )


def _prepare(folder: Path, values: Mapping[str, str]) -> Command:
    room = _new_room(folder / "run")
    configuration = folder / "configuration"
    configuration.mkdir(exist_ok=True)
    main = render(configuration, {**values, "GATEWAY_TEMP": str(room)})
    return Command([where("nginx"), "-e", "stderr", "-p", folder, "-c", main], plain_environment(), {"cwd": folder})


def _new_room(link: Path) -> Path:
    """nginx's workers are nobody when we are root, and the data folder is closed to them."""
    _remove_room(link)
    room = Path(tempfile.mkdtemp(prefix="rcdm-gateway-"))
    if os.geteuid() == 0:
        server_user().own(room)
    link.symlink_to(room)
    return room


def _remove_room(link: Path) -> None:
    if link.is_symlink():
        room = link.readlink()
        if room.is_dir() and not room.is_symlink() and room.stat().st_uid == server_user().uid:
            shutil.rmtree(room, ignore_errors=True)
        link.unlink()

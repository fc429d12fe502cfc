"""This machine's own system: where it keeps its things and by which hosts it is called, for server and command line."""

from ipaddress import ip_address
from pathlib import Path

ADMIN_KEY_FILE = "admin-key"


def default_data() -> Path:
    """`./data` in a checkout, a folder of the user's else."""
    in_checkout = Path("pyproject.toml").exists() and Path("services").is_dir()
    return Path("data") if in_checkout else Path.home() / ".local/share/rcdm"


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine can mean it; a name other than localhost may lead anywhere."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""Where this machine's own system keeps its things, as both the server and the command line find it."""

from pathlib import Path

ADMIN_KEY_FILE = "admin-key"


def default_data() -> Path:
    """`./data` in a checkout, a folder of the user's else."""
    in_checkout = Path("pyproject.toml").exists() and Path("services").is_dir()
    return Path("data") if in_checkout else Path.home() / ".local/share/rcdm"

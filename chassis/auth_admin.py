"""The first key: made at the first start of a home of its own, or given as RCDM_ADMIN_KEY."""

import re
import secrets

from chassis.errors import SettingsError
from chassis.places import ADMIN_KEY_FILE
from chassis.secrets import read_or_make
from chassis.settings import Settings

_LEAST_CHARACTERS, _LEAST_DIFFERENT = 32, 12
_SENDABLE = re.compile(r"[A-Za-z0-9._~+/=-]+")  # RFC 6750 2.1: what can stand behind `Bearer`


def admin_key(settings: Settings) -> str | None:
    """None where only tokens count, and where several processes would each make one of their own."""
    if settings.auth == "oidc":
        return None
    if settings.admin_key is not None:
        return settings.admin_key.get_secret_value()
    if settings.is_shared:
        return None
    return read_or_make(settings.data / ADMIN_KEY_FILE, lambda: f"rcdm_admin_{secrets.token_urlsafe(32)}")


def login_link(settings: Settings) -> str | None:
    """Where the start page opens with the key made here. Behind #, which no browser sends and no server logs."""
    key = admin_key(settings)
    shown = key is not None and settings.admin_key is None
    return f"http://{settings.listen}/#key={key}" if shown else None


def refuse_weak(key: str) -> None:
    """Raises SettingsError for what could be guessed (reliability F14)."""
    if len(key) < _LEAST_CHARACTERS or len(set(key)) < _LEAST_DIFFERENT or not _SENDABLE.fullmatch(key):
        raise SettingsError(
            f"RCDM_ADMIN_KEY: too weak, or not sendable; write {_LEAST_CHARACTERS} random letters and digits or more, "
            "such as `openssl rand -hex 32` prints."
        )

"""API keys: made once, kept as digests, looked up in a copy of the table that is never older than 45 seconds.

A key is `rcdm_`, a public id, `_`, and 256 random bits. Of so many random bits a plain SHA-256 is kept: nobody can
try them all, which is what slow password hashes are for. The first key is made at the first start of an embedded
system, or given as RCDM_ADMIN_KEY.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from chassis.auth.access import Caller, Role
from chassis.auth.stale_cache import Ages, LastGood
from chassis.db.database import Database, is_away
from chassis.errors import SettingsError, Unavailable
from chassis.secrets import read_or_make
from chassis.settings import ADMIN_KEY_FILE, Settings

# A revoked key is refused everywhere after fresh + one read at most; with the database away, after `good` (F3: 60 s).
_AGES = Ages(fresh=15, pause=0.2, good=45)
_FORM = re.compile(r"rcdm_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_LIVING = """
SELECT key_id, digest, roles, hospitals, expires_at FROM access.key
WHERE revoked_at IS NULL AND expires_at > clock_timestamp()"""

_LEAST_CHARACTERS, _LEAST_DIFFERENT = 32, 12
_SENDABLE = re.compile(r"[A-Za-z0-9._~+/=-]+")  # RFC 6750 2.1: what can stand behind `Bearer`


@dataclass(frozen=True)
class StoredKey:
    """What is kept of a key."""

    key_id: str
    digest: bytes
    roles: frozenset[Role]
    hospitals: frozenset[str] | None
    expires_at: datetime

    @property
    def caller(self) -> Caller:
        return Caller(f"key:{self.key_id}", self.roles, self.hospitals)


def new_key() -> tuple[str, str]:
    """(public id, key). Nothing can bring the key back once it was shown."""
    key_id = secrets.token_hex(6)
    return key_id, f"rcdm_{key_id}_{secrets.token_urlsafe(32)}"


def digest_of(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def public_id(credential: str) -> str | None:
    """The part of a key that may be written down; None: it has not the form of a key."""
    found = _FORM.fullmatch(credential)
    return found[1] if found else None


class KeyBook:
    """The living keys, as this process last read them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys = LastGood("The table of keys", self._read, _AGES)

    async def find(self, credential: str) -> StoredKey | None:
        """None for what is unknown, revoked, expired or not a key. Raises Unavailable."""
        key_id = public_id(credential)
        if key_id is None:
            return None
        # A key that was made a moment ago counts at once; who guesses ids waits with all others for one read.
        found = (await self._keys.get()).get(key_id) or (await self._keys.newer()).get(key_id)
        if found is None or not hmac.compare_digest(found.digest, digest_of(credential)):
            return None
        return found if found.expires_at > datetime.now(UTC) else None

    async def _read(self) -> Mapping[str, StoredKey]:
        try:
            rows = await self._database.pool.fetch(_LIVING)
        except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
            return {}  # the service access has never run here: there are no keys yet
        except Exception as error:
            if is_away(error):
                raise Unavailable("The database does not answer.") from error
            raise
        return {row["key_id"]: _stored(row) for row in rows}


def _stored(row: asyncpg.Record) -> StoredKey:
    hospitals = None if row["hospitals"] is None else frozenset(row["hospitals"])
    return StoredKey(row["key_id"], row["digest"], known_roles(row["roles"]), hospitals, row["expires_at"])


def known_roles(names: object) -> frozenset[Role]:
    """The roles we know among names; what another version or an issuer calls otherwise gives no right."""
    given = names if isinstance(names, list) else [names]
    return frozenset(role for role in Role if role.value in given)


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

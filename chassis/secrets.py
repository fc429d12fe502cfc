"""The site's secret and what is derived from it: pseudonyms, replaced UIDs, and the seal over identities."""

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.errors import BadRequest
from chassis.settings import Settings

KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True)
class SiteKeys:
    """Never printed: the dataclass shows no secret."""

    _secret: bytes

    def __repr__(self) -> str:
        return "SiteKeys(…)"

    def pseudonym(self, *parts: str) -> str:
        """32 hex digits that cannot be computed, or undone, without the site's secret."""
        return self._derive("pseudonym", *parts).hex()[:32]

    def project(self, name: str) -> "SiteKeys":
        """The keys of one data set: the same for all its versions, unrelated to any other's."""
        return SiteKeys(self._derive("project", name))

    def uid(self, uid: str) -> str:
        """A replaced UID under 2.25 (PS3.5 B.2), the same for the same UID everywhere in one project."""
        return f"2.25.{int.from_bytes(self._derive('uid', uid)[:16])}"

    def fraction(self, *parts: str) -> float:
        """A number in [0, 1) fixed by the parts and the secret: what splits are drawn with."""
        return int.from_bytes(self._derive("fraction", *parts)[:7]) / (1 << 56)

    def seal(self, plain: bytes) -> bytes:
        """Encrypted and authenticated (AES-256-GCM); only the holder of the secret can open it."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._derive("seal")).encrypt(nonce, plain, None)

    def unseal(self, sealed: bytes) -> bytes:
        """Raises BadRequest when the bytes were altered or sealed with another secret."""
        try:
            return AESGCM(self._derive("seal")).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        except InvalidTag:
            raise BadRequest("The seal does not open: other site key, or altered bytes.") from None

    def _derive(self, *parts: str) -> bytes:
        # Lengths keep ("ab", "c") and ("a", "bc") apart.
        message = b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in parts)
        return hmac.new(self._secret, message, hashlib.sha256).digest()


def site_keys(settings: Settings) -> SiteKeys:
    """From RCDM_SITE_KEY, else from <data>/site-key (0600), made at the first start.

    Losing it orphans every pseudonym: back it up with the data.
    """
    if settings.site_key is not None:
        return SiteKeys(hashlib.sha256(settings.site_key.get_secret_value().encode()).digest())
    return SiteKeys(bytes.fromhex(read_or_make(settings.data / "site-key", lambda: os.urandom(KEY_BYTES).hex())))


def read_or_make(path: Path, make: Callable[[], str]) -> str:
    """The secret in a file that only its owner can read, made when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        aside = path.with_suffix(".new")
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(make().encode())
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    return path.read_text().strip()

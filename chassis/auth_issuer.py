"""The issuer's signing keys: where it publishes them, and which of them are fit for us."""

from base64 import urlsafe_b64decode
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from chassis.auth_cache import Ages, LastGood
from chassis.auth_tokens import SigningKeys
from chassis.errors import Unavailable
from chassis.places import is_loopback
from chassis.settings import Settings

# An issuer that is away issues no tokens either: an hour outlives those it gave before.
_AGES = Ages(fresh=300, pause=30, good=3600)
_ANSWER_SECONDS = 4.0
_DISCOVERY = "/.well-known/openid-configuration"  # OpenID Connect Discovery 1.0, 4
_LEAST_RSA_BITS = 2048


def issuer_keys(settings: Settings) -> LastGood[SigningKeys]:
    """Read when first needed, and again when an unknown key id comes, but twice a minute at most."""

    async def fetch() -> SigningKeys:
        async with httpx.AsyncClient(timeout=_ANSWER_SECONDS, follow_redirects=False, trust_env=False) as http:
            address = settings.oidc_jwks or await _published(http, settings.oidc_issuer)
            return _usable(await _document(http, address))

    return LastGood("The issuer's keys", fetch, _AGES)


def is_safe(address: str) -> bool:
    """Keys read over plain HTTP could be anybody's; only this machine is believed without TLS."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


async def _published(http: httpx.AsyncClient, issuer: str) -> str:
    said = await _document(http, issuer.rstrip("/") + _DISCOVERY)
    address = said.get("jwks_uri")
    if said.get("issuer") != issuer or not isinstance(address, str) or not is_safe(address):
        raise Unavailable("The issuer does not describe itself as it should.")
    return address


async def _document(http: httpx.AsyncClient, address: str) -> dict[str, Any]:
    try:
        document = (await http.get(address)).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise Unavailable("The issuer does not answer.") from error
    if not isinstance(document, dict):
        raise Unavailable("The issuer's answer is no document.")
    return document


def _usable(document: dict[str, Any]) -> SigningKeys:
    """Those for signing, with an id, long enough; others are passed over. Raises Unavailable when none is left."""
    found: dict[str, RSAKey | ECKey] = {}
    listed = document.get("keys")
    for one in listed if isinstance(listed, list) else []:
        key = _imported(one) if isinstance(one, dict) and one.get("use", "sig") == "sig" else None
        if key is not None and isinstance(one.get("kid"), str):
            found[one["kid"]] = key
    if not found:
        raise Unavailable("The issuer publishes no key that can be used.")
    return found


def _imported(one: dict[str, Any]) -> RSAKey | ECKey | None:
    try:
        if one.get("kty") == "RSA":
            modulus = urlsafe_b64decode(str(one.get("n")) + "==")
            return RSAKey.import_key(one) if len(modulus) * 8 >= _LEAST_RSA_BITS else None
        return ECKey.import_key(one) if (one.get("kty"), one.get("crv")) == ("EC", "P-256") else None
    except (JoseError, ValueError):
        return None

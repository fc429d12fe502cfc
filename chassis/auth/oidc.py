"""Bearer tokens of an OpenID Connect issuer: signed with RS256 or ES256 by a key it publishes, and meant for us.

RFC 7519, RFC 7515 and the advice of RFC 8725: the algorithm is ours to choose, keys come from where the issuer
publishes them, never out of the token itself.
"""

import base64
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from chassis.auth.access import Caller
from chassis.auth.api_keys import known_roles
from chassis.auth.stale_cache import Ages, LastGood
from chassis.errors import Unauthorized, Unavailable
from chassis.settings import Settings, is_loopback

SigningKeys = Mapping[str, RSAKey | ECKey]
_ALGORITHMS = {"RS256": RSAKey, "ES256": ECKey}
_TYPES = ("jwt", "at+jwt", "application/at+jwt")  # RFC 9068 2.1; absent is fine
# A token must not say by which key it is to be believed; and no extension is understood here (RFC 7515 4.1.11).
_REFUSED_HEADERS = ("jwk", "jku", "x5u", "x5c", "crit")
_LEEWAY_SECONDS = 30
_MOST_CHARACTERS = 16_000
_EVERY_HOSPITAL = "*"

# An issuer that is away issues no tokens either: an hour outlives those it gave before.
_AGES = Ages(fresh=300, pause=30, good=3600)
_ANSWER_SECONDS = 4.0
_DISCOVERY = "/.well-known/openid-configuration"  # OpenID Connect Discovery 1.0, 4
_LEAST_RSA_BITS = 2048


class Tokens:
    """Tells who a token speaks of."""

    def __init__(self, issuer: str, audience: str, keys: LastGood[SigningKeys]) -> None:
        self._keys = keys
        self._signatures = JWSRegistry(algorithms=list(_ALGORITHMS), strict_check_header=False)
        self._claims = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def caller(self, token: str) -> Caller:
        """Raises Unauthorized, and Unavailable when the issuer's keys cannot be read."""
        try:
            key = await self._key(_header(token))
            claims = jwt.decode(token, key, registry=self._signatures).claims
            self._claims.validate(claims)
        except ExpiredTokenError:
            raise Unauthorized("The token has expired; log in again.", error="invalid_token") from None
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise Unauthorized("The token is not one that is believed here.", error="invalid_token") from None
        return Caller(f"token:{claims['sub']}", known_roles(claims.get("roles")), _hospitals(claims.get("hospitals")))

    async def _key(self, header: Mapping[str, Any]) -> RSAKey | ECKey:
        kid, kind = header["kid"], _ALGORITHMS[header["alg"]]
        key = (await self._keys.get()).get(kid) or (await self._keys.get(missed=True))[kid]
        if not isinstance(key, kind):
            raise ValueError("a key of another kind")
        return key


def _header(token: str) -> Mapping[str, Any]:
    """The header, checked before any key is looked for. Raises ValueError, KeyError."""
    if len(token) > _MOST_CHARACTERS or token.count(".") != 2:
        raise ValueError("no token")
    said = token.partition(".")[0]
    header = json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    if not isinstance(header, dict) or any(name in header for name in _REFUSED_HEADERS):
        raise ValueError("a header that is not believed")
    if str(header.get("typ", "jwt")).lower() not in _TYPES:
        raise ValueError("another kind of token")
    if not isinstance(header["kid"], str) or header["alg"] not in _ALGORITHMS:
        raise ValueError("no key or another algorithm")
    return header


def _hospitals(claim: object) -> frozenset[str] | None:
    """Nothing said is no hospital: who sees all has it written in the token."""
    named = claim if isinstance(claim, list) else [claim]
    return None if _EVERY_HOSPITAL in named else frozenset(name for name in named if isinstance(name, str))


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

"""Tokens of an issuer, with real keys over real HTTP: which are believed, and all that are not."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from chassis.auth.access import Caller, Role
from chassis.auth.oidc import Tokens, issuer_keys
from chassis.errors import Unauthorized, Unavailable
from chassis.settings import Settings
from tests.unit.issuer import AUDIENCE, Issuer, running_issuer


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


@pytest.fixture
def tokens(issuer: Issuer) -> Tokens:
    return tokens_of(issuer)


def tokens_of(issuer: Issuer, **settings: Any) -> Tokens:
    said = Settings(oidc_issuer=issuer.address, oidc_audience=AUDIENCE, **settings)
    return Tokens(issuer.address, AUDIENCE, issuer_keys(said))


async def test_a_token_tells_who_may_what_where(issuer: Issuer, tokens: Tokens) -> None:
    caller = await tokens.caller(issuer.token(roles=["researcher", "king"], hospitals=["A", "B"]))
    assert caller == Caller("token:kim", frozenset({Role.RESEARCHER}), frozenset({"A", "B"}))


async def test_an_elliptic_key_signs_as_well(issuer: Issuer, tokens: Tokens) -> None:
    token = issuer.token({"alg": "ES256", "kid": "ec", "typ": "at+jwt"}, issuer.ec, aud=["other", AUDIENCE])
    assert (await tokens.caller(token)).subject == "token:kim"


async def test_who_is_given_nothing_may_nothing(issuer: Issuer, tokens: Tokens) -> None:
    caller = await tokens.caller(issuer.token(roles=None, hospitals=None))
    assert (caller.roles, caller.hospitals) == (frozenset(), frozenset())
    assert (await tokens.caller(issuer.token(hospitals="*"))).hospitals is None


def _now(seconds: int) -> int:
    return int(time.time()) + seconds


_OTHER = RSAKey.generate_key(2048)
_FORGERIES: dict[str, Callable[[Issuer], str]] = {
    "signed by somebody else": lambda i: i.token(key=_OTHER),
    "changed behind the signature": lambda i: _changed(i.token(), sub="admin"),
    "without a signature": lambda i: i.token().rpartition(".")[0] + ".",
    "alg none": lambda i: _unsigned(i, {"alg": "none", "kid": "rsa"}),
    "alg None": lambda i: _unsigned(i, {"alg": "None", "kid": "rsa"}),
    "HS256 with the public key": lambda i: _by_public_key(i),
    "RS512": lambda i: i.token({"alg": "RS512"}),
    "PS256": lambda i: i.token({"alg": "PS256"}),
    "an RSA key for ES256": lambda i: i.token({"alg": "ES256", "kid": "rsa"}, i.ec),
    "jwk in the header": lambda i: i.token({"jwk": _OTHER.as_dict(private=False)}, _OTHER),
    "jku in the header": lambda i: i.token({"jku": "https://elsewhere.example/keys"}),
    "x5u in the header": lambda i: i.token({"x5u": "https://elsewhere.example/cert"}),
    "unknown crit": lambda i: _raw(i, {"alg": "RS256", "kid": "rsa", "crit": ["exp2"], "exp2": 1}),
    "empty crit": lambda i: _raw(i, {"alg": "RS256", "kid": "rsa", "crit": []}),
    "unknown kid": lambda i: i.token({"kid": "rsa2"}),
    "kid is no text": lambda i: _raw(i, {"alg": "RS256", "kid": ["rsa"]}),
    "no kid": lambda i: _raw(i, {"alg": "RS256"}),
    "another typ": lambda i: i.token({"typ": "logout+jwt"}),
    "expired": lambda i: i.token(exp=_now(-31)),
    "exp is missing": lambda i: i.token(exp=None),
    "exp is text": lambda i: i.token(exp="tomorrow"),
    "exp is no number": lambda i: i.token(exp=float("nan")),
    "not yet": lambda i: i.token(nbf=_now(600)),
    "from the future": lambda i: i.token(iat=_now(600)),
    "another issuer": lambda i: i.token(iss="https://elsewhere.example"),
    "no issuer": lambda i: i.token(iss=None),
    "for somebody else": lambda i: i.token(aud="another"),
    "for nobody": lambda i: i.token(aud=None),
    "of nobody": lambda i: i.token(sub=None),
    "sub is a number": lambda i: i.token(sub=1),
    "two parts": lambda i: "a.b",
    "no JSON": lambda i: "e30.e30.e30",
    "a list": lambda i: _text(b"[]") + ".e30.e30",
    "deep": lambda i: _text(b"[" * 5000) + ".e30.e30",
    "not ASCII": lambda i: "é.ö.ü",
    "too long": lambda i: "a" * 20_000 + ".b.c",
}  # fmt: skip


@pytest.mark.parametrize("name", _FORGERIES)
async def test_a_forged_token_is_refused(issuer: Issuer, tokens: Tokens, name: str) -> None:
    """F1"""
    token = _FORGERIES[name](issuer)
    with pytest.raises(Unauthorized) as refused:
        await tokens.caller(token)
    assert refused.value.facts == {"error": "invalid_token"}
    assert (await tokens.caller(issuer.token())).subject == "token:kim"


async def test_clocks_may_differ_a_little(issuer: Issuer, tokens: Tokens) -> None:
    now = int(time.time())
    assert await tokens.caller(issuer.token(exp=now - 15, nbf=now + 15, iat=now + 15))


async def test_a_thousand_made_up_key_ids_fetch_nothing(issuer: Issuer, tokens: Tokens) -> None:
    """F2"""
    good = issuer.token()
    await tokens.caller(good)
    for number in range(1000):
        with pytest.raises(Unauthorized):
            await tokens.caller(_raw(issuer, {"alg": "RS256", "kid": f"made-up-{number}"}))
        if number % 100 == 0:
            assert (await tokens.caller(good)).subject == "token:kim"
    assert issuer.asked["/keys"] == 1


async def test_the_last_good_keys_count_while_the_issuer_is_away() -> None:
    """F2"""
    with running_issuer() as issuer:
        tokens, token = tokens_of(issuer), issuer.token()
        await tokens.caller(token)
    assert (await tokens.caller(token)).subject == "token:kim"


async def test_nobody_is_let_in_before_the_issuer_was_heard() -> None:
    """F2: 503, not open."""
    with running_issuer() as issuer:
        tokens, token = tokens_of(issuer), issuer.token()
    with pytest.raises(Unavailable):
        await tokens.caller(token)


async def test_keys_that_are_not_fit_are_passed_over(issuer: Issuer, tokens: Tokens) -> None:
    """F1: for encryption, too short, of another curve, symmetric, no key at all."""
    with pytest.warns(SecurityWarning):
        short = RSAKey.generate_key(1024, {"kid": "short"})
    sealing = RSAKey.generate_key(2048, {"kid": "sealing", "use": "enc"})
    curve = ECKey.generate_key("P-384", {"kid": "curve"})
    octets = {"kty": "oct", "kid": "octets", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}
    issuer.published += [key.as_dict(private=False) for key in (short, sealing, curve)] + [octets, "x", {"kty": "RSA"}]
    for key in (short, sealing):
        with pytest.raises(Unauthorized):
            await tokens.caller(_signed(key, {"alg": "RS256", "kid": key.kid}, issuer.claims()))
    assert (await tokens.caller(issuer.token())).subject == "token:kim"


async def test_an_issuer_that_says_it_is_another_is_not_believed(issuer: Issuer, tokens: Tokens) -> None:
    issuer.said_issuer = "https://elsewhere.example"
    with pytest.raises(Unavailable):
        await tokens.caller(issuer.token())


async def test_the_address_of_the_keys_can_be_set(issuer: Issuer) -> None:
    tokens = tokens_of(issuer, oidc_jwks=f"{issuer.address}/keys")
    await tokens.caller(issuer.token())
    assert issuer.asked == {"/keys": 1}


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _json(value: object) -> str:
    return _text(json.dumps(value).encode())


def _unsigned(issuer: Issuer, header: dict[str, Any]) -> str:
    return f"{_json(header)}.{_json(issuer.claims())}."


def _changed(token: str, **claims: Any) -> str:
    header, body, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    return f"{header}.{_json({**said, **claims})}.{signature}"


def _raw(issuer: Issuer, header: dict[str, Any]) -> str:
    """A token with a header that the library would not write, rightly signed."""
    return _signed(issuer.rsa, header, issuer.claims())


def _signed(key: RSAKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    content = f"{_json(header)}.{_json(claims)}"
    return f"{content}.{_text(key.private_key.sign(content.encode(), PKCS1v15(), SHA256()))}"  # type: ignore[union-attr]


def _by_public_key(issuer: Issuer) -> str:
    """The oldest trick: a published key taken for a shared secret (RFC 8725 2.1)."""
    content = f"{_json({'alg': 'HS256', 'kid': 'rsa'})}.{_json(issuer.claims())}"
    secret = issuer.rsa.as_pem(private=False)
    return f"{content}.{_text(hmac.digest(secret, content.encode(), hashlib.sha256))}"

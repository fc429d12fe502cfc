"""Sessions and callers as values: what a cookie opens, what another page may not send, where an upload goes."""

import pytest
from starlette.requests import Request

from chassis.auth.access import Caller, Role
from chassis.auth.api_keys import digest_of, new_key, public_id
from chassis.auth.session import SESSION_SECONDS, Sessions, is_forged
from chassis.errors import BadRequest, Forbidden
from chassis.secrets import SiteKeys

_KEYS = SiteKeys(b"0" * 32)


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_cookie_brings_back_what_it_was_made_of_until_it_is_too_old() -> None:
    clock = Clock()
    sessions = Sessions(_KEYS, clock)
    cookie = sessions.sealed("rcdm_secret")
    assert "secret" not in cookie
    assert sessions.credential(cookie) == "rcdm_secret"
    clock.now += SESSION_SECONDS + 1
    assert sessions.credential(cookie) is None


@pytest.mark.parametrize("cookie", ["", "x", "é", "====", "AAAA", "A" * 100, "A" * 5000])
def test_a_cookie_nobody_sealed_opens_nothing(cookie: str) -> None:
    assert Sessions(_KEYS).credential(cookie) is None


def test_another_site_does_not_open_it() -> None:
    assert Sessions(SiteKeys(b"1" * 32)).credential(Sessions(_KEYS).sealed("key")) is None


def test_a_token_too_long_for_a_cookie_is_refused() -> None:
    with pytest.raises(BadRequest, match="too long"):
        Sessions(_KEYS).sealed("x" * 4000)


@pytest.mark.parametrize(
    ("headers", "forged"),
    [
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "same-site", "origin": "http://rcdm.example"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": "http://rcdm.example"}, False),
        ({"origin": "http://rcdm.example:81"}, True),
        ({"origin": "http://evil.example"}, True),
        ({"origin": "null"}, True),
        ({}, True),
    ],
)
def test_what_did_not_come_from_our_own_page_is_forged(headers: dict[str, str], forged: bool) -> None:
    """F15"""
    assert is_forged(_request("POST", **headers)) is forged
    assert is_forged(_request("GET", **headers)) is False


def test_a_key_is_long_random_and_has_a_part_to_speak_of() -> None:
    """F3"""
    key_id, key = new_key()
    assert public_id(key) == key_id
    assert new_key()[1] != key
    assert len(key.split("_", 2)[2]) == 43  # 256 bits
    assert digest_of(key) != digest_of(key[:-1] + "x")
    assert public_id(f"{key}x") is None


@pytest.mark.parametrize(
    ("hospitals", "said", "meant"),
    [(None, "", "HOME"), (None, "X", "X"), ({"A"}, "", "A"), ({"A"}, "A", "A"), ({"A", "HOME"}, "", "HOME")],
)
def test_an_upload_goes_where_its_caller_may_send(hospitals: set[str] | None, said: str, meant: str) -> None:
    assert _caller(hospitals).hospital(said, "HOME") == meant


@pytest.mark.parametrize(
    ("hospitals", "said", "error"),
    [({"A"}, "HOME", Forbidden), ({"A", "B"}, "", BadRequest), (set(), "", BadRequest), (set(), "A", Forbidden)],
)
def test_an_upload_to_nowhere_or_elsewhere_is_refused(hospitals: set[str], said: str, error: type[Exception]) -> None:
    """F4"""
    with pytest.raises(error):
        _caller(hospitals).hospital(said, "HOME")


def _caller(hospitals: set[str] | None) -> Caller:
    return Caller("key:1", frozenset({Role.BRIDGE}), None if hospitals is None else frozenset(hospitals))


def _request(method: str, **headers: str) -> Request:
    said = {"host": "rcdm.example", **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in said.items()]
    return Request({"type": "http", "method": method, "headers": raw, "path": "/", "query_string": b""})

"""Links as values: what one opens, and until when."""

from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.requests import Request

from chassis.auth.session import LINK, LONGEST_LINK_SECONDS, Links, Sessions
from chassis.errors import BadRequest, Unauthorized
from chassis.secrets import SiteKeys

_KEYS, _PATH = SiteKeys(b"0" * 32), "/api/v1/datasets/a/versions/1-0/archive"


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def followed(address: str, method: str = "GET", **changed: str) -> Request:
    parts = urlsplit(address)
    scope: dict[str, object] = {
        "type": "http", "method": method, "path": parts.path, "query_string": parts.query.encode(), "headers": [],
        **changed,
    }  # fmt: skip
    return Request(scope)


def test_a_link_stands_for_its_makers_key_until_it_ends() -> None:
    """D13"""
    clock = Clock()
    links = Links(_KEYS, clock)
    address, until = links.address("rcdm_secret", _PATH, LONGEST_LINK_SECONDS)
    assert until - clock.now == 900
    assert "secret" not in address
    assert [links.credential(followed(address, method)) for method in ("GET", "HEAD")] == ["rcdm_secret"] * 2
    clock.now += 900
    with pytest.raises(Unauthorized, match="ended"):
        links.credential(followed(address))


@pytest.mark.parametrize(
    ("method", "path"), [("POST", _PATH), ("DELETE", _PATH), ("GET", f"{_PATH}.tar"), ("GET", "/api/v1/keys")]
)
def test_it_fetches_one_thing_and_does_nothing(method: str, path: str) -> None:
    """D13"""
    links = Links(_KEYS)
    address, _ = links.address("rcdm_secret", _PATH, 60)
    with pytest.raises(Unauthorized):
        links.credential(followed(address, method, path=path))


@pytest.mark.parametrize("value", ["", "x", "é", "====", "AAAA", "A" * 5000])
def test_a_link_nobody_made_opens_nothing(value: str) -> None:
    with pytest.raises(Unauthorized):
        Links(_KEYS).credential(followed(f"{_PATH}?{LINK}={value}"))


def test_links_of_other_sites_and_cookies_are_no_links() -> None:
    foreign, _ = Links(SiteKeys(b"1" * 32)).address("key", _PATH, 60)
    for address in (foreign, f"{_PATH}?{LINK}={Sessions(_KEYS).sealed('key')}"):
        with pytest.raises(Unauthorized):
            Links(_KEYS).credential(followed(address))
    ours, _ = Links(_KEYS).address("key", _PATH, 60)
    assert Sessions(_KEYS).credential(parse_qs(urlsplit(ours).query)[LINK][0]) is None


def test_no_link_is_no_credential_and_a_long_token_gives_none() -> None:
    assert Links(_KEYS).credential(followed(_PATH)) is None
    with pytest.raises(BadRequest, match="too long"):
        Links(_KEYS).address("x" * 4000, _PATH, 60)

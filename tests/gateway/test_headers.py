"""What a service is told of the caller, and what every answer carries once."""

from collections.abc import Iterator

import httpx
import pytest

from tests.gateway.nginx import Gateway, running_gateway

_FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9",
    "X-User": "somebody",
    "X_User": "somebody",
    "X-Remote-User": "somebody",
    "X-Roles": "admin",
    "X-Site": "other",
    "X-Original-URL": "/admin",
}
_ONCE = ("x-request-id", "x-content-type-options", "referrer-policy", "x-frame-options", "content-security-policy")


@pytest.fixture(scope="module")
def behind_a_balancer(ports: dict[str, int]) -> Iterator[Gateway]:
    with running_gateway(ports, TRUSTED="127.0.0.0/8") as running:
        yield running


async def received(address: str, **headers: str) -> dict[str, list[str]]:
    async with httpx.AsyncClient() as http:
        found: dict[str, list[str]] = {}
        for name, value in (await http.get(f"{address}/api/v1/occurrences", headers=headers)).json()["headers"]:
            found.setdefault(name, []).append(value)
        return found


async def test_who_a_caller_says_he_is_does_not_get_in(gateway: Gateway) -> None:
    """F7."""
    said = await received(gateway.address, **_FORGED)
    assert (said["x-forwarded-for"], said["x-forwarded-proto"]) == (["127.0.0.1"], ["http"])
    assert said["host"] == [f"127.0.0.1:{gateway.port}"]
    assert {name.lower().replace("_", "-") for name in _FORGED} & said.keys() == {
        "x-forwarded-for",
        "x-forwarded-proto",
    }


async def test_a_trusted_hop_says_where_the_caller_came_from(behind_a_balancer: Gateway) -> None:
    """A12: the address of a balancer is the public one; who stands before it is told by its last word only."""
    forged = {**_FORGED, "X-Forwarded-For": "198.51.100.1, 203.0.113.9", "X-Forwarded-Host": "pacs.example:8443"}
    said = await received(behind_a_balancer.address, **forged)
    assert (said["x-forwarded-for"], said["x-forwarded-proto"]) == (["203.0.113.9"], ["https"])
    assert said["host"] == ["pacs.example:8443"]
    assert "x-user" not in said


async def test_what_a_client_may_say_passes(gateway: Gateway) -> None:
    meant = {"Authorization": "Bearer x", "Cookie": "a=b", "Content-Digest": "sha-256=:x:", "Idempotency-Key": "k"}
    said = await received(gateway.address, **meant)
    assert {name: said[name.lower()] for name in meant} == {name: [value] for name, value in meant.items()}


@pytest.mark.parametrize("given", ["0123456789abcdef", "a.b-c_d0"])
async def test_a_request_id_is_kept(http: httpx.AsyncClient, given: str) -> None:
    answer = await http.get("/api/v1/occurrences", headers={"X-Request-Id": given})
    assert answer.headers.get_list("x-request-id") == [given]
    assert ["x-request-id", given] in answer.json()["headers"]


@pytest.mark.parametrize("given", ["short", "x" * 65, "spaces are none", "semi;colon", "<script>alert()"])
async def test_a_request_id_that_is_none_is_replaced(http: httpx.AsyncClient, given: str) -> None:
    answer = await http.get("/metrics", headers={"X-Request-Id": given})
    assert answer.json()["request_id"] == answer.headers["x-request-id"] != given


@pytest.mark.parametrize("path", ["/api/v1/occurrences", "/api/v1/images/1/picture", "/metrics", "/livez"])
async def test_every_answer_has_the_headers_of_an_answer_once(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert {name: len(answer.headers.get_list(name)) for name in _ONCE} == dict.fromkeys(_ONCE, 1)
    assert answer.headers["server"] == "nginx"
    assert "strict-transport-security" not in answer.headers  # this one has no TLS

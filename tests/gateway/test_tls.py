"""TLS at the gateway: 1.2 and newer, and the browser is told to come back by TLS only."""

import ssl
from collections.abc import Iterator

import httpx
import pytest

from tests.gateway.certificates import self_signed
from tests.gateway.nginx import Gateway, running_gateway


@pytest.fixture(scope="module")
def secure(ports: dict[str, int]) -> Iterator[tuple[Gateway, ssl.SSLContext]]:
    certificate, key = self_signed()
    trusting = ssl.create_default_context(cadata=certificate.decode())
    with running_gateway(ports, {"tls.crt": certificate, "tls.key": key}, TRANSPORT="tls") as running:
        yield running, trusting


async def test_answers_over_tls_carry_hsts_and_the_services_know(secure: tuple[Gateway, ssl.SSLContext]) -> None:
    """F21."""
    gateway, trusting = secure
    async with httpx.AsyncClient(verify=trusting) as http:
        answer = await http.get(f"{gateway.address}/api/v1/occurrences")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert ["x-forwarded-proto", "https"] in answer.json()["headers"]


def test_nothing_below_tls_1_2_is_spoken(secure: tuple[Gateway, ssl.SSLContext]) -> None:
    """F21."""
    gateway, trusting = secure
    with pytest.warns(DeprecationWarning):
        trusting.minimum_version = ssl.TLSVersion.TLSv1
        trusting.maximum_version = ssl.TLSVersion.TLSv1_1
    trusting.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.raises(httpx.ConnectError, match="(?i)protocol|alert"):
        httpx.get(f"{gateway.address}/livez", verify=trusting)


def test_plain_http_at_the_tls_port_is_a_problem(secure: tuple[Gateway, ssl.SSLContext]) -> None:
    gateway, _ = secure
    answer = httpx.get(f"http://127.0.0.1:{gateway.port}/livez")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")

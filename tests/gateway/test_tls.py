"""TLS at the gateway: 1.2 and newer, and the browser is told to come back by TLS only."""

import ssl
from collections.abc import Iterator

import httpx
import pytest

from tests.gateway.certificates import self_signed
from tests.gateway.nginx import Gateway, running_gateway


@pytest.fixture(scope="module")
def secure(ports: dict[str, int]) -> Iterator[tuple[Gateway, str]]:
    """The gateway and the certificate to trust."""
    certificate, key = self_signed()
    with running_gateway(ports, {"tls.crt": certificate, "tls.key": key}, TRANSPORT="tls") as running:
        yield running, certificate.decode()


async def test_answers_over_tls_carry_hsts_and_the_services_know(secure: tuple[Gateway, str]) -> None:
    """F21."""
    gateway, certificate = secure
    async with httpx.AsyncClient(verify=ssl.create_default_context(cadata=certificate)) as http:
        answer = await http.get(f"{gateway.address}/api/v1/occurrences")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert ["x-forwarded-proto", "https"] in answer.json()["headers"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_of_today_is_spoken(secure: tuple[Gateway, str], version: ssl.TLSVersion) -> None:
    gateway, certificate = secure
    assert httpx.get(f"{gateway.address}/livez", verify=only(version, certificate)).status_code == 200


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_nothing_below_tls_1_2_is_spoken(secure: tuple[Gateway, str], version: ssl.TLSVersion) -> None:
    """F21."""
    gateway, certificate = secure
    with pytest.raises(httpx.ConnectError, match="ALERT_PROTOCOL_VERSION"):
        httpx.get(f"{gateway.address}/livez", verify=only(version, certificate))


def only(version: ssl.TLSVersion, certificate: str) -> ssl.SSLContext:
    trusting = ssl.create_default_context(cadata=certificate)
    trusting.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    trusting.maximum_version = version
    trusting.minimum_version = version
    trusting.set_ciphers("DEFAULT:@SECLEVEL=0")  # what a client of ten years ago would offer
    return trusting


def test_plain_http_at_the_tls_port_is_a_problem(secure: tuple[Gateway, str]) -> None:
    gateway, _ = secure
    answer = httpx.get(f"http://127.0.0.1:{gateway.port}/livez")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")

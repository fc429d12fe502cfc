"""One caller's flood is refused with the time to come back, and stops nobody else."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence

import httpx
import pytest

from tests.gateway.nginx import Gateway, running_gateway
from tests.journey.surface import assert_problem

_BURST = 300


@pytest.fixture
def strict(ports: dict[str, int]) -> Iterator[Gateway]:
    """A fresh gateway that gives nobody more than the first burst."""
    with running_gateway(ports, RATE="1", CONNECTIONS="2") as running:
        yield running


async def statuses(gateway: Gateway, method: str, path: str, count: int, **headers: str) -> Sequence[httpx.Response]:
    async with httpx.AsyncClient(base_url=gateway.address, headers=headers) as http:
        return [await http.request(method, path) for _ in range(count)]


async def test_a_flood_is_429_and_other_callers_go_on(strict: Gateway) -> None:
    """F10, G3: callers behind one address are told apart by the end of their key."""
    answers = await statuses(strict, "GET", "/api/v1/occurrences", _BURST + 20, Authorization="Bearer rcdm_one")
    assert [answer.status_code for answer in answers[:_BURST]] == [200] * _BURST
    assert_problem(answers[-1], 429)
    assert 5 <= int(answers[-1].headers["retry-after"]) <= 9
    (other,) = await statuses(strict, "GET", "/api/v1/occurrences", 1, Authorization="Bearer rcdm_two")
    assert other.status_code == 200


async def test_a_flood_of_stow_is_503(strict: Gateway) -> None:
    """A19: bridges try again only after a 5xx."""
    answers = await statuses(strict, "POST", "/dicom-web/studies", _BURST + 20, Authorization="Bearer rcdm_bridge")
    assert Counter(answer.status_code for answer in answers[:_BURST]) == {200: _BURST}
    assert_problem(answers[-1], 503)
    assert "retry-after" in answers[-1].headers


async def test_logins_are_few(strict: Gateway) -> None:
    """F10: twenty at once from an address, then one a second; whatever key they try."""
    async with httpx.AsyncClient(base_url=strict.address) as http:
        answers = [
            await http.post("/api/v1/session", headers={"Authorization": f"Bearer guess-{number}"})
            for number in range(25)
        ]
        assert [answer.status_code for answer in answers[:20]] == [200] * 20
        assert_problem(answers[-1], 429)
        assert (await http.get("/api/v1/session")).status_code == 200  # who am I is no login


async def test_more_at_a_time_than_allowed_is_refused(strict: Gateway) -> None:
    watched = []
    try:
        for _ in range(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", strict.port)
            watched.append(writer)
            writer.write(b"GET /api/v1/uploads/1/events HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"data: first")
        async with httpx.AsyncClient(base_url=strict.address) as http:
            assert_problem(await http.get("/api/v1/occurrences"), 429)
            assert_problem(await http.post("/dicom-web/studies", content=bytes(8 << 20)), 503)
    finally:
        for writer in watched:
            writer.close()


async def test_a_page_of_a_hundred_thumbnails_and_an_upload_pass(ports: dict[str, int]) -> None:
    """With the limits that are recommended: four requests of 32 MB at a time beside a browser."""
    with running_gateway(ports, RATE="100", CONNECTIONS="100") as running:
        async with httpx.AsyncClient(base_url=running.address, timeout=50) as http:
            pictures = [http.get("/api/v1/images/1/tags") for _ in range(100)]
            uploads = [http.post("/api/v1/uploads/1/files", content=bytes(32 << 20)) for _ in range(4)]
            answers = await asyncio.gather(*pictures, *uploads)
    assert Counter(answer.status_code for answer in answers) == {200: 104}

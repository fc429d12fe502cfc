"""Tokens of an issuer at a real door, and callers while the database is away."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.caller import HEADERS
from tests.journey.database_wire import database_wire
from tests.journey.ingest_door import Door, open_door
from tests.journey.surface import assert_problem
from tests.unit.issuer import Issuer, running_issuer
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)
_UPLOADS = "/api/v1/uploads"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


@pytest.fixture(scope="module")
async def door(postgres_server: str, tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> AsyncIterator[Door]:
    """Where only tokens count."""
    folder = tmp_path_factory.mktemp("door")
    async with open_door(postgres_server, folder, auth="oidc", oidc_issuer=issuer.address) as opened:
        yield opened


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_token_opens_what_its_roles_open(door: Door, issuer: Issuer) -> None:
    said = bearer(issuer.token(roles=["bridge"], hospitals=["A"]))
    assert (await door.http.get(_UPLOADS, headers=said)).status_code == 200
    assert assert_problem(await door.http.get("/api/v1/uploads", headers=bearer(issuer.token())), 403)["needs"]
    elsewhere = await door.http.post("/api/v1/uploads/check", json={"sha256": [], "hospital": "B"}, headers=said)
    assert elsewhere.status_code == 403


async def test_a_forged_token_is_challenged(door: Door, issuer: Issuer) -> None:
    """F1: the answer says the token is to blame (RFC 6750 3.1)."""
    answer = await door.http.get(_UPLOADS, headers=bearer(issuer.token(aud="another")))
    assert_problem(answer, 401)
    assert answer.headers["www-authenticate"] == 'Bearer realm="rcdm", error="invalid_token"'


async def test_where_only_tokens_count_no_key_does(door: Door) -> None:
    assert_problem(await door.http.get(_UPLOADS, headers=HEADERS), 401)


async def test_without_the_database_nobody_new_is_let_in(postgres_server: str, tmp_path: Path) -> None:
    """F3: 503 and not open; as it was when the database is back."""
    with TemporaryDirectory() as short:
        async with (
            database_wire(postgres_server, Path(short)) as wire,
            open_door(postgres_server, tmp_path, wire) as door,
        ):
            stranger = bearer("rcdm_0123456789ab_" + "A" * 43)
            wire.cut()
            answer = await door.http.get(_UPLOADS, headers=stranger)
            assert_problem(answer, 503)
            assert int(answer.headers["retry-after"]) > 0
            wire.mend()

            async def is_refused_again() -> bool:
                return (await door.http.get(_UPLOADS, headers=stranger)).status_code == 401

            await until(is_refused_again, what="the table of keys is read")

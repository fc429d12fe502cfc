"""Small cohorts wait for a steward, and who takes a version is written down."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from cdm.query.filters import OccurrenceFilter
from chassis.auth.access import Caller, Role
from chassis.messaging.outbox import Outbox
from services.export.freeze.freeze import freeze
from services.export.models import Accepted, DatasetRequest
from tests.journey.export_house import House, open_house

RESEARCHER = Caller("researcher", frozenset({Role.RESEARCHER}), None)
STEWARD = Caller("steward", frozenset({Role.STEWARD}), None)


@pytest.fixture(scope="module")
async def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(postgres_server, tmp_path_factory.mktemp("rights")) as opened:
        await opened.cohort("SMALL", persons=3, images=1)
        yield opened


async def frozen(house: House, name: str, maker: Caller, smallest: int) -> Accepted:
    request = DatasetRequest(name=name, filter=OccurrenceFilter(hospital=("SMALL",)), mode="flat")
    outbox = Outbox("export", house.home.database, house.home.events)
    return await freeze(house.home.database, outbox, house.home.keys, request, maker, smallest)


async def state(house: House, version: Accepted) -> str:
    answer: dict[str, Any] = (
        await house.http.get(f"/api/v1/datasets/{version.dataset}/versions/{version.version}")
    ).json()
    return str(answer["state"])


async def test_a_small_cohort_waits_until_a_steward_lets_it(house: House) -> None:
    """E13: nothing is built or offered before, and the reason stands in the trail."""
    accepted = await frozen(house, "few", RESEARCHER, 4)
    assert accepted.needs_approval
    await house.builder().work()
    assert await state(house, accepted) == "waiting"
    address = f"/api/v1/datasets/few/versions/{accepted.version}"
    assert (await house.http.get(f"{address}/archive")).status_code == 409
    assert (await house.http.post(f"{address}/approve", json={"reason": "short"})).status_code == 400
    answer = await house.http.post(f"{address}/approve", json={"reason": "agreed by the board"})
    assert answer.status_code == 202, answer.text
    await house.builder().work()
    assert await state(house, accepted) == "ready"
    assert (await house.http.post(f"{address}/approve", json={"reason": "agreed once more"})).status_code == 409
    (row,) = await house.rows("SELECT objects, reason FROM access.trail WHERE action = 'dataset.approved'")
    assert (row["objects"], row["reason"]) == (["few", accepted.version], "agreed by the board")


async def test_who_asks_for_enough_or_is_a_steward_does_not_wait(house: House) -> None:
    assert not (await frozen(house, "enough", RESEARCHER, 3)).needs_approval
    assert not (await frozen(house, "off", RESEARCHER, 0)).needs_approval
    assert not (await frozen(house, "steward", STEWARD, 99)).needs_approval


async def test_what_waits_can_be_cancelled(house: House) -> None:
    accepted = await frozen(house, "never", RESEARCHER, 99)
    assert (await house.http.delete(f"/api/v1/operations/{accepted.operation_id}")).status_code == 200
    assert await state(house, accepted) == "cancelled"


async def test_who_takes_a_version_is_written_down_once(house: House) -> None:
    """F11: the archive in ranges and its files one by one are one download."""
    address = await house.build("taken", "SMALL")
    await house.http.head(f"{address}/archive")
    asked = "SELECT subject, objects FROM access.trail WHERE action = 'dataset.downloaded'"
    assert await house.rows(asked) == []
    for part in ("archive", "files/manifest.csv", "archive"):
        await house.http.get(f"{address}/{part}", headers={"Range": "bytes=0-9"})
    (row,) = await house.rows(asked)
    assert row["objects"] == ["taken", address.rpartition("/")[2]]

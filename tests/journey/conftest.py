"""One running system with a few known studies, for all who look at it from outside; one ingest for a file of tests."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.journey.ingest_door import Door, open_door
from tests.journey.surface import Surface, known_surface
from tests.system import running_system


@pytest.fixture(scope="session")
def surface(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surface]:
    with running_system(tmp_path_factory.mktemp("surface") / "data") as system, known_surface(system) as known:
        yield known


@pytest.fixture(scope="module")
async def running_door(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    async with open_door(postgres_server, tmp_path_factory.mktemp("door")) as opened:
        yield opened


@pytest.fixture
async def door(running_door: Door) -> Door:
    """Ingest with nothing in it."""
    return await running_door.empty()

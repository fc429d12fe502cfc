"""One running system with a few known studies, for all who look at the public surface from outside."""

from collections.abc import Iterator

import pytest

from tests.journey.surface import Surface, known_surface
from tests.system import running_system


@pytest.fixture(scope="session")
def surface(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surface]:
    with running_system(tmp_path_factory.mktemp("surface") / "data") as system, known_surface(system) as known:
        yield known

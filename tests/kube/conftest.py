"""One control plane for all tests of the chart."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kube.definitions import define_all
from tests.kube.keda import keda
from tests.kube.plane import Plane, control_plane


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    folder: Path = tmp_path_factory.mktemp("plane")
    with control_plane(folder) as found:
        define_all(found.api)
        yield found


@pytest.fixture(scope="session")
def scaling_plane(plane: Plane) -> Iterator[Plane]:
    """The same, where KEDA acts."""
    with keda(plane):
        yield plane

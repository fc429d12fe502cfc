"""One cluster that misfortunes happen to, on servers of its own, and one that lives calmly and shows what is right."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.addresses import addresses_for, make_database
from tests.cluster.files import Files, write_files
from tests.cluster.home import Cluster, Places, own_cluster
from tests.cluster.state import State, state_of
from tests.system import rcdm, running_system

Write = Callable[[str, int], Files]
AsCalm = Callable[[Files], None]


@pytest.fixture(scope="session")
def stormy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with own_cluster(tmp_path_factory.mktemp("stormy")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Files], State]]:
    """What files become when nothing happens."""
    data = tmp_path_factory.mktemp("calm") / "data"
    with running_system(data, RCDM_EXTRACT_PROCESSES="1") as system:

        def state(files: Files) -> State:
            rcdm(system, "upload", str(files.folder), "--hospital", files.hospital)
            return state_of(system, places, files)

        places = Places(make_database(os.environ["TEST_POSTGRES"], data), **addresses_for(data))
        yield state


@pytest.fixture
def cluster(stormy: Cluster) -> Cluster:
    """All of it running, whatever the last test did to it, and nothing asked yet."""
    stormy.start()
    _log_of(stormy).write_text("")
    return stormy


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Files of a hospital: its name, how many."""
    return lambda hospital, images: write_files(tmp_path, hospital, images)


@pytest.fixture
def as_calm(cluster: Cluster, calm: Callable[[Files], State]) -> AsCalm:
    """All is well, and the files became what they become in a calm run."""

    def check(files: Files) -> None:
        rcdm(cluster.system, "audit")  # exits with 1 when anything is lost, altered or left over
        assert state_of(cluster.system, cluster.places, files) == calm(files)
        assert {status for status in _statuses(cluster) if status >= 500} <= {503}

    return check


def _statuses(cluster: Cluster) -> set[int]:
    """What clients were answered."""
    return {json.loads(line)["status"] for line in _log_of(cluster).read_text().splitlines()}


def _log_of(cluster: Cluster) -> Path:
    return cluster.rcdm.gateway.folder / "access.log"

"""What every test may use: the home asked for with --home, a real PostgreSQL, and an empty database of it."""

import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from chassis.db.embedded.server import embedded_postgres
from deploy.laptop.server import Server
from tests.addresses import HOME, RUN, empty_database, is_cluster
from tests.contract_report import pytest_terminal_summary  # noqa: F401 - pytest finds it here
from tests.servers import start_missing

# Tests kill processes, never the machine: nothing here needs to outlive a power cut.
_QUICK = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB", "max_connections": "100"}
_ONLY_ON_THE_CLUSTER = {Path(__file__).parent / name for name in ("cluster", "gateway")}
_SERVERS = pytest.StashKey[list[Server]]()
_FOLDER = pytest.StashKey[str]()

# A machine that is busy only takes longer: hypothesis' 200 ms for an example, and its patience, measure the machine.
settings.register_profile("rcdm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rcdm")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--home", choices=("embedded", "cluster"), default="embedded", help="where rows, events and blobs live"
    )


def pytest_configure(config: pytest.Config) -> None:
    """One set of servers for all worker processes of a run: they inherit the addresses."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    os.environ[HOME], os.environ[RUN] = config.getoption("--home"), secrets.token_hex(4)
    if is_cluster():
        config.stash[_FOLDER] = tempfile.mkdtemp(prefix="rcdm-tests-")
        config.stash[_SERVERS] = start_missing(Path(config.stash[_FOLDER]))


def pytest_unconfigure(config: pytest.Config) -> None:
    for server in config.stash.get(_SERVERS, []):
        server.kill()
    if _FOLDER in config.stash:
        shutil.rmtree(config.stash[_FOLDER], ignore_errors=True)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    is_left_out = collection_path in _ONLY_ON_THE_CLUSTER and config.getoption("--home") != "cluster"
    return True if is_left_out else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)  # else one worker ends long before the other
    left_out = [item for item in items if is_cluster() and item.get_closest_marker("embedded")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
async def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The DSN of a PostgreSQL: of this test process, or the cluster's."""
    if is_cluster():
        yield os.environ["TEST_POSTGRES"]
        return
    folder: Path = tmp_path_factory.mktemp("postgres")
    async with embedded_postgres(folder, settings=_QUICK) as dsn:
        yield dsn


@pytest.fixture
async def database(postgres_server: str) -> AsyncIterator[str]:
    """The DSN of an empty database of this test."""
    async with empty_database(postgres_server) as dsn:
        yield dsn

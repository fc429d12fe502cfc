"""What every test may use: a real PostgreSQL, an empty database of it, and a way to wait for a fact with a limit."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from chassis.adapters.embedded_postgres import embedded_postgres

# Tests kill processes, never the machine: nothing here needs to outlive a power cut.
_QUICK = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB", "max_connections": "100"}


@pytest.fixture(scope="session")
async def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The DSN of a PostgreSQL of this test process."""
    folder: Path = tmp_path_factory.mktemp("postgres")
    async with embedded_postgres(folder, settings=_QUICK) as dsn:
        yield dsn


@pytest.fixture
async def database(postgres_server: str) -> AsyncIterator[str]:
    """The DSN of an empty database of this test."""
    name = f"test_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(postgres_server)
    try:
        await connection.execute(f"CREATE DATABASE {name} STRATEGY file_copy")
        yield postgres_server.replace("@/rcdm?", f"@/{name}?")
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()

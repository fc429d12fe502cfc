"""What PostgreSQL knows of the rows of a new version; else a plan for one row meets hundreds of thousands of them.

Statistics of before say that nobody has this version's number, so a join of its members with its entries compares each
with each, and ends in the statement timeout.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

# Below, comparing each with each takes less than looking at a sample of the table.
_FEWEST_ROWS = 1_000
_UNHURRIED_SECONDS = 600


async def refresh_statistics(connection: Any, table: Literal["member", "entry", "picture_hash"], rows: int) -> None:
    """After so many rows of one version came. Inside a transaction another one's refresh waits for its end."""
    if rows >= _FEWEST_ROWS:
        await connection.execute(f"ANALYZE export.{table}")


@asynccontextmanager
async def unhurried(pool: Any) -> AsyncIterator[Any]:
    """A connection for statements over a whole version: nobody waits for a build as one waits for an answer."""
    async with pool.acquire() as connection:
        await connection.execute(f"SET statement_timeout = '{_UNHURRIED_SECONDS}s'")  # reset when it is given back
        yield connection

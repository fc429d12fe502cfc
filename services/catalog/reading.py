"""Sessions that only read, and what becomes of a question that takes too long."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database
from chassis.errors import Unavailable


@asynccontextmanager
async def reading(database: Database) -> AsyncIterator[AsyncSession]:
    """A session for reading. What takes longer than the statement timeout ends as Unavailable, not as our fault."""
    try:
        async with database.session() as session:
            yield session
    except DBAPIError as error:
        if isinstance(error.orig.__cause__ if error.orig else None, asyncpg.QueryCanceledError):
            raise Unavailable(
                "The search took too long; narrow it down. A tag it asks for can be made quick to search for: "
                "PUT /api/v1/searchable-tags/{keyword}."
            ) from error
        raise

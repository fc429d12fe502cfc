"""Sessions that only read, and what becomes of a question that takes too long."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import RowMapping
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.bounded import gather_bounded
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


async def answers(database: Database, *questions: Any) -> list[Sequence[RowMapping]]:
    """The rows of each; several are asked at the same time, each in a session of its own."""

    async def rows(question: Any) -> Sequence[RowMapping]:
        async with reading(database) as session:
            return (await session.execute(question)).mappings().all()

    return await gather_bounded(len(questions), rows, questions)

"""One PostgreSQL, two ways in: SQLAlchemy for schema and small work, an asyncpg pool for bulk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from chassis.errors import SettingsError, Unavailable

STATEMENT_TIMEOUT_MS = 30_000
_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a statement on a connection whose end was told and has not come yet
)


@dataclass(frozen=True)
class Database:
    """`engine` never prints parameters: a failed insert must not show patient data."""

    dsn: str
    engine: AsyncEngine
    pool: "asyncpg.Pool[asyncpg.Record]"

    def session(self) -> AsyncSession:
        """`async with database.session() as s, s.begin():` is one whole transaction."""
        return AsyncSession(self.engine, expire_on_commit=False)

    async def check(self) -> None:
        """Raises Unavailable when PostgreSQL does not answer."""
        try:
            async with self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except Exception as error:
            if is_away(error):
                raise Unavailable("The database does not answer.") from error
            raise


@asynccontextmanager
async def open_database(dsn: str, pool_size: int = 10) -> AsyncIterator[Database]:
    """`dsn` is a postgresql:// address as libpq writes it, a socket folder in `?host=` included.

    Raises Unavailable, and SettingsError when the server knows neither us nor the database.
    """
    settings = {"statement_timeout": str(STATEMENT_TIMEOUT_MS), "timezone": "UTC"}
    engine = create_async_engine(
        dsn.replace("postgresql://", "postgresql+asyncpg://", 1),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
        # Searches differ too much in what they find for one plan; of what is written again and again one will do.
        connect_args={"server_settings": {**settings, "plan_cache_mode": "force_custom_plan"}},
    )
    pool = await _pool(dsn, pool_size, settings)
    try:
        yield Database(dsn, engine, pool)
    finally:
        await pool.close()
        await engine.dispose()


async def _pool(dsn: str, size: int, settings: dict[str, str]) -> "asyncpg.Pool[asyncpg.Record]":
    try:
        return await asyncpg.create_pool(dsn, min_size=1, max_size=size, server_settings=settings)
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise SettingsError(
            f"RCDM_DATABASE: the server answers and refuses us ({type(error).__name__}); write another user, password "
            "or database, or make them there."
        ) from None
    except Exception as error:
        if is_away(error):
            raise Unavailable("The database does not answer.") from error
        raise


def is_away(error: BaseException) -> bool:
    """Whether PostgreSQL was away rather than wrong: the same call may succeed later."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _caused_by_away(error.orig)
    return isinstance(error, _AWAY)


def is_contended(error: BaseException) -> bool:
    """Whether a statement waited too long, or for another that waited for it: on a busy machine it may pass later."""
    return isinstance(error, asyncpg.QueryCanceledError | asyncpg.DeadlockDetectedError)


def _caused_by_away(error: Any) -> bool:
    while error is not None:
        if isinstance(error, _AWAY):
            return True
        error = error.__cause__
    return False

"""access: API keys, a browser's session, and the trail of who was let in, refused or shown an identity."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chassis.auth.audit_log import Trail
from chassis.auth.session import Sessions
from chassis.service import Home, Running, Service
from services.access.key_store import Keys
from services.access.routes import key_routes, session_routes, trail_routes


@asynccontextmanager
async def _open(home: Home) -> AsyncIterator[Running]:
    trail = Trail(home.database)
    yield Running(
        routes=[
            key_routes(Keys(home.database, trail)),
            session_routes(Sessions(home.keys), trail),
            trail_routes(home.database),
        ]
    )


service = Service("access", _open, Path(__file__).parent / "migrations" / "versions")

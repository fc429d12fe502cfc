"""access: API keys, a browser's session, and the trail of who was let in, refused or shown an identity."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chassis.auth_session import Sessions
from chassis.auth_trail import Trail
from chassis.service import Home, Running, Service
from services.access.keys import Keys
from services.access.routes_keys import key_routes
from services.access.routes_session import session_routes
from services.access.routes_trail import trail_routes


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

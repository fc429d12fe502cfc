"""The OpenAPI document of all services, served by front in both homes: `python -m tests.architecture.openapi`."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from chassis.backends import open_home
from chassis.db.embedded.server import embedded_postgres
from chassis.db.migrate import migrate
from chassis.runtime import build_app
from chassis.service import Home, Running
from chassis.settings import Settings
from services import SERVICES
from services.cli.local.run import load_services

DOCUMENT = Path(__file__).parents[2] / "services/front/pages/openapi.json"


@asynccontextmanager
async def opened_services(database: str, folder: Path) -> AsyncIterator[tuple[Home, dict[str, Running]]]:
    """Every service, opened on an empty database; its reactions and tasks do not run."""
    services = load_services(SERVICES)
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(open_home(Settings(database=database, data=folder)))
        await migrate(home.database, services)
        yield home, {service.name: await stack.enter_async_context(service.open(home)) for service in services}


async def written_document(database: str, folder: Path) -> str:
    async with opened_services(database, folder) as (home, running):
        return json.dumps(build_app(home, running).openapi(), indent=1, ensure_ascii=False) + "\n"


async def _main() -> None:
    with TemporaryDirectory() as folder:
        async with embedded_postgres(Path(folder)) as database:
            DOCUMENT.write_text(await written_document(database, Path(folder)))


if __name__ == "__main__":
    asyncio.run(_main())

"""front: the plain page at / and the API docs of all services, until the web client comes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from chassis.auth import public
from chassis.errors import NotFound
from chassis.http import router
from chassis.service import Home, Running, Service

_PAGES = Path(__file__).parent / "pages"
_FILES = {path.name: path for path in _PAGES.iterdir() if path.suffix in (".css", ".js", ".svg")}


@asynccontextmanager
async def _open(_: Home) -> AsyncIterator[Running]:
    yield Running(routes=[_pages()])


def _pages() -> APIRouter:
    routes = router("", "pages")

    @routes.get("/", include_in_schema=False)
    @public
    async def start() -> FileResponse:
        return _file(_PAGES / "index.html")

    @routes.get("/api/docs", include_in_schema=False)
    @public
    async def docs() -> FileResponse:
        return _file(_PAGES / "docs.html")

    @routes.get("/api/v1/openapi.json", include_in_schema=False)
    @public
    async def reference() -> FileResponse:
        return _file(_PAGES / "openapi.json")

    @routes.get("/assets/{name}", include_in_schema=False)
    @public
    async def asset(name: str) -> FileResponse:
        if name not in _FILES:
            raise NotFound("There is no such file.")
        return _file(_FILES[name])

    return routes


def _file(path: Path) -> FileResponse:
    return FileResponse(path, headers={"Cache-Control": "no-cache"})


service = Service("front", _open)

"""front: the web client and the API's own pages, for all services.

The client is built from `web/` into `client/` beside this file (`make web`). Its hashed files never change and are kept
for ever; `index.html`, which names them, is asked for each time.
"""

import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse

from chassis.auth.access import public
from chassis.errors import NotFound
from chassis.http.app import router
from chassis.service import Home, Running, Service

_HERE = Path(__file__).parent
_PAGES, _CLIENT = _HERE / "pages", _HERE / "client"
_OF_DOCS = {name: _PAGES / name for name in ("docs.js", "page.css")}
# The client's own addresses: it reads them itself, all are the same file.
_OF_CLIENT = (
    "/",
    "/occurrences/{path:path}",
    "/upload",
    "/diagnoses",
    "/datasets",
    "/datasets/{path:path}",
    "/operations",
)
_FOR_EVER = "public, max-age=31536000, immutable"


@asynccontextmanager
async def _open(_: Home) -> AsyncIterator[Running]:
    yield Running(routes=[_api_pages(), _client_pages()])


def _api_pages() -> APIRouter:
    routes = router("/api", "pages")

    @routes.get("/docs", include_in_schema=False)
    @public
    async def docs() -> FileResponse:
        return _file(_PAGES / "docs.html")

    @routes.get("/docs/{name}", include_in_schema=False)
    @public
    async def of_docs(name: str) -> FileResponse:
        if name not in _OF_DOCS:
            raise NotFound("There is no such file.")
        return _file(_OF_DOCS[name])

    @routes.get("/v1/openapi.json", include_in_schema=False)
    @public
    async def reference() -> FileResponse:
        return _file(_PAGES / "openapi.json")

    return routes


def _client_pages() -> APIRouter:
    routes = APIRouter()

    @public
    async def page() -> FileResponse:
        index = _CLIENT / "index.html"
        return _file(index if index.exists() else _PAGES / "unbuilt.html")

    # Any query parameter: the client keeps what it shows in its address.
    for address in _OF_CLIENT:
        routes.get(address, include_in_schema=False)(page)

    @routes.get("/icon.svg", include_in_schema=False)
    @public
    async def icon() -> FileResponse:
        return _file(_PAGES / "icon.svg")

    @routes.get("/assets/{name}", include_in_schema=False)
    @public
    async def asset(request: Request, name: str) -> FileResponse:
        path = _CLIENT / "assets" / name
        if path.parent != _CLIENT / "assets" or not path.is_file():
            raise NotFound("There is no such file.")
        answer = _packed(path) if "gzip" in request.headers.get("accept-encoding", "") else _file(path, _FOR_EVER)
        answer.headers["Vary"] = "Accept-Encoding"
        return answer

    return routes


def _packed(path: Path) -> FileResponse:
    """What the build compressed, where it did."""
    packed = Path(f"{path}.gz")
    if not packed.exists():
        return _file(path, _FOR_EVER)
    headers = {"Cache-Control": _FOR_EVER, "Content-Encoding": "gzip"}
    return FileResponse(packed, headers=headers, media_type=mimetypes.guess_type(path.name)[0])


def _file(path: Path, caching: str = "no-cache") -> FileResponse:
    return FileResponse(path, headers={"Cache-Control": caching})


service = Service("front", _open)

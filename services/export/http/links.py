"""HTTP of links: a data set's file for somebody who has no key, for some minutes (reliability D13)."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from chassis.auth.access import READERS, Hospitals, caller_of, may
from chassis.auth.audit_log import Deed
from chassis.auth.gate import Gate
from chassis.auth.session import LONGEST_LINK_SECONDS
from chassis.errors import Unauthorized
from chassis.http.app import router
from chassis.service import Home
from services.export.http.datasets import TAG, UNREADY, Name, VersionName
from services.export.http.downloads import FILE_NAME, find_entry
from services.export.versions import whole_version

_WHOLE = ("archive", "archive.tar")
_FILES = "files/"


class LinkRequest(BaseModel):
    """What is to be fetched, and for how long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(
        "archive", max_length=1000, pattern=rf"^(archive|archive\.tar|files/{FILE_NAME})$",
        description="archive, archive.tar, or files/ and a name inside the archive.",
    )  # fmt: skip
    seconds: int = Field(LONGEST_LINK_SECONDS, ge=1, le=LONGEST_LINK_SECONDS)


class Link(BaseModel):
    """Whoever has the address may fetch it, until it ends or its maker may not any more."""

    address: str
    expires_at: datetime


def link_routes(home: Home) -> APIRouter:
    routes = router("/api/v1/datasets/{name}/versions/{version}", TAG)

    @routes.post("/links", status_code=201, summary="A link to a file for some minutes", responses=UNREADY)
    @may(*READERS)
    async def make(
        request: Request, name: Name, version: VersionName, wanted: LinkRequest, hospitals: Hospitals
    ) -> Link:
        """For who has no key: a browser, a cluster's job. It can be fetched in ranges, and as often as one likes."""
        found = await whole_version(home.database, name, version, hospitals)
        if wanted.path not in _WHOLE:
            await find_entry(home.database.pool, found, wanted.path.removeprefix(_FILES))
        gate: Gate = request.app.state.gate
        credential, _ = gate.credential(request)
        if credential is None:
            raise Unauthorized("Say who you are: a link is made for somebody.")
        path = f"/api/v1/datasets/{name}/versions/{found.version}/{wanted.path}"
        address, until = gate.links.address(credential, path, wanted.seconds)
        deed = Deed("dataset.linked", objects=(found.name, found.version))
        await gate.trail.write(request, caller_of(request).subject, deed)
        return Link(address=address, expires_at=datetime.fromtimestamp(until, UTC))

    return routes

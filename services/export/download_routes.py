"""HTTP of the large bodies: the archive and the manifest, whole or any range, the same bytes each time."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.auth import READERS, Hospitals, may
from chassis.errors import Conflict
from chassis.http import router
from chassis.layout import dataset_key
from chassis.ranges import Body, documented, send_body
from chassis.service import Home
from services.export.archive import archive_digest, archive_range, tar_range, tar_size
from services.export.download_trail import Downloads
from services.export.entries import FilePath, find_entry, media_type
from services.export.names import MANIFEST
from services.export.routes import TAG, UNREADY, Name, VersionName
from services.export.versions import ready_version, whole_version

_GONE: dict[int | str, dict[str, Any]] = {410: {"description": "Pictures of it were deleted; problem+json."}}


def download_routes(home: Home) -> APIRouter:
    routes, downloads = router("/api/v1/datasets/{name}/versions/{version}", TAG), Downloads()

    @routes.head("/archive", include_in_schema=False)
    @routes.get(
        "/archive",
        summary="The archive (ZIP)",
        response_class=Response,
        responses={**UNREADY, **_GONE, **documented("application/zip")},
    )
    @may(*READERS, by_link=True)
    async def archive(request: Request, name: Name, version: VersionName, hospitals: Hospitals) -> Response:
        """Pictures in folders, manifest.csv, dataset.json, README.txt. 409 while the version is not ready.

        410 when some of its pictures were deleted since.
        """
        found = await whole_version(home.database, name, version, hospitals)
        assert found.archive_bytes is not None
        await downloads.note(request, found)
        return await send_body(
            request,
            Body(
                size=found.archive_bytes,
                sha256=archive_digest(found),
                media_type="application/zip",
                read=lambda start, length: archive_range(home.database.pool, home.blobs, found, start, length),
                file_name=f"{found.root}.zip",
            ),
        )

    @routes.head("/archive.tar", include_in_schema=False)
    @routes.get(
        "/archive.tar",
        summary="The archive (TAR)",
        response_class=Response,
        responses={**UNREADY, **_GONE, **documented("application/x-tar")},
    )
    @may(*READERS, by_link=True)
    async def tar(request: Request, name: Name, version: VersionName, hospitals: Hospitals) -> Response:
        """The same files as the ZIP, for who reads a stream as it comes. 409 also for a version that knows only ZIP."""
        found = await whole_version(home.database, name, version, hospitals)
        size = await tar_size(home.database.pool, found)
        if size is None:
            raise Conflict("This version was made for ZIP alone; freeze its query again for one with TAR.")
        await downloads.note(request, found)
        return await send_body(
            request,
            Body(
                size=size,
                sha256=archive_digest(found, "tar"),
                media_type="application/x-tar",
                read=lambda start, length: tar_range(home.database.pool, home.blobs, found, start, length),
                file_name=f"{found.root}.tar",
            ),
        )

    @routes.head("/manifest.csv", include_in_schema=False)
    @routes.get(
        "/manifest.csv",
        summary="The manifest",
        response_class=Response,
        responses={**UNREADY, **documented("text/csv")},
    )
    @may(*READERS)
    async def manifest(request: Request, name: Name, version: VersionName, hospitals: Hospitals) -> Response:
        """One line per picture. 409 while the version is not ready."""
        found = await ready_version(home.database, name, version, hospitals)
        assert found.manifest_sha256 is not None
        key = dataset_key(found.name, found.version, MANIFEST)
        return await send_body(
            request,
            Body(
                size=await home.blobs.size(key),
                sha256=found.manifest_sha256,
                media_type="text/csv; charset=utf-8",
                read=lambda start, length: home.blobs.stream(key, start, length),
                file_name=f"{found.root}-{MANIFEST}",
            ),
        )

    @routes.head("/files/{path:path}", include_in_schema=False)
    @routes.get(
        "/files/{path:path}",
        summary="One file of the archive",
        response_class=Response,
        responses={**UNREADY, **_GONE, **documented("application/octet-stream")},
    )
    @may(*READERS, by_link=True)
    async def file(
        request: Request, name: Name, version: VersionName, path: FilePath, hospitals: Hospitals
    ) -> Response:
        """By its name inside the archive's one folder, such as `manifest.parquet`, or as the manifest writes it."""
        found = await whole_version(home.database, name, version, hospitals)
        entry = await find_entry(home.database.pool, found, path)
        await downloads.note(request, found)
        return await send_body(
            request,
            Body(
                size=entry.bytes,
                sha256=entry.digest,
                media_type=media_type(path),
                read=lambda start, length: home.blobs.stream(entry.blob_key, start, length),
                file_name=path.rpartition("/")[2],
            ),
        )

    return routes

"""HTTP of the large bodies: the archive, the manifest and single files, whole or any range, the same bytes each time.

The audit trail gets a row for each caller and version, at most one an hour: a download is many requests, and a row for
each would fill the trail.
"""

import hashlib
import mimetypes
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from chassis.auth.access import READERS, Hospitals, caller_of, may
from chassis.auth.audit_log import Deed, Trail
from chassis.blobs.keys import dataset_key
from chassis.errors import Conflict, NotFound
from chassis.http.app import router
from chassis.http.ranges import Body, documented, send_body
from chassis.service import Home
from services.export.archive.stream import archive_digest, archive_range, tar_range, tar_size
from services.export.http.datasets import TAG, UNREADY, Name, VersionName
from services.export.names import MANIFEST
from services.export.versions import StoredVersion, ready_version, whole_version

_AGAIN_SECONDS = 3600.0
_REMEMBERED = 10_000

FILE_NAME = r"[A-Za-z0-9._/-]+"
FilePath = Annotated[str, Path(max_length=1000, pattern=f"^{FILE_NAME}$", description="Name inside the archive.")]
_MEDIA_TYPES = {"dcm": "application/dicom", "parquet": "application/vnd.apache.parquet", "jsonl": "application/jsonl"}

_GONE: dict[int | str, dict[str, Any]] = {410: {"description": "Pictures of it were deleted; problem+json."}}


class Downloads:
    """Of one process; each writes its own rows."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: OrderedDict[tuple[str, str, str], float] = OrderedDict()

    async def note(self, request: Request, version: StoredVersion) -> None:
        """Before the first byte leaves. Raises Unavailable when it cannot be written down."""
        if request.method == "HEAD":
            return
        subject, now = caller_of(request).subject, self._clock()
        key = subject, version.name, version.version
        told = self._told.get(key)
        if told is not None and now - told < _AGAIN_SECONDS:
            return
        trail: Trail = request.app.state.gate.trail
        await trail.write(request, subject, Deed("dataset.downloaded", objects=(version.name, version.version)))
        self._told[key] = now
        self._told.move_to_end(key)
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)


@dataclass(frozen=True)
class StoredFile:
    """Where its bytes lie; `digest` is the same as long as they are."""

    blob_key: str
    bytes: int
    digest: str


async def find_entry(pool: Any, version: StoredVersion, path: str) -> StoredFile:
    """Raises NotFound."""
    row = await pool.fetchrow(
        "SELECT blob_key, bytes, crc32, sha256 FROM export.entry WHERE version_id = $1 AND path = ANY($2)",
        version.version_id, [path, f"{version.root}/{path}"],
    )  # fmt: skip
    if row is None:
        raise NotFound(f"There is no file {path} in version {version.version}.")
    # The first releases kept no checksum of a version's own files.
    digest = row["sha256"] or hashlib.sha256(f"{row['blob_key']} {row['bytes']} {row['crc32']}".encode()).hexdigest()
    return StoredFile(row["blob_key"], row["bytes"], digest)


def media_type(path: str) -> str:
    """By the name's ending."""
    ending = path.rpartition(".")[2]
    return _MEDIA_TYPES.get(ending) or mimetypes.guess_type(path)[0] or "application/octet-stream"


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

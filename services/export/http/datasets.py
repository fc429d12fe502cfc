"""HTTP of data sets: freeze a query, list versions and members, compare versions, find the versions with a study."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from chassis.auth.access import READERS, Calling, Hospitals, Role, may
from chassis.auth.audit_log import WithReason
from chassis.http.app import router
from chassis.http.paging import LARGEST_ID, Cursor, Limit, Page, bad_cursor, read_cursor, read_number, write_cursor
from chassis.messaging.outbox import Outbox
from chassis.service import Home
from services.export import versions
from services.export.deletions import Holder, list_holders
from services.export.freeze.approval import approve, withdraw
from services.export.freeze.diff import difference
from services.export.freeze.dry_run import Foreseen, foresee
from services.export.freeze.freeze import freeze
from services.export.http.preview import Preview, Previewer
from services.export.members import FILE_COLUMNS, JOINED, MEMBER_COLUMNS, ManifestRow, manifest_row
from services.export.models import Accepted, Approval, Dataset, DatasetItem, DatasetRequest, Diff, Version, Withdrawal
from services.export.names import DATASET_NAME, VERSION_NAME, Pseudonyms, check_dataset_name
from services.export.versions import StoredVersion, ready_version

TAG = "data sets"
Name = Annotated[str, Path(pattern=f"^{DATASET_NAME}$", description="A data set's name.")]
VersionName = Annotated[str, Path(pattern=VERSION_NAME, description="A version, or `latest`.")]
MISSING: dict[int | str, dict[str, Any]] = {404: {"description": "There is none; problem+json."}}
UNREADY = MISSING | {409: {"description": "Not ready; problem+json with the operation's address."}}
_REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"description": "The request says what is wrong; problem+json."},
    409: {"description": "A data set is called so but for upper and lower case; problem+json."},
    422: {"description": "No image is left; problem+json with what was held back, by reason."},
}
_WAITING: dict[int | str, dict[str, Any]] = MISSING | {409: {"description": "It does not wait; problem+json."}}
_NOT_READY: dict[int | str, dict[str, Any]] = MISSING | {
    409: {"description": "It is not ready, or withdrawn; problem+json."}
}
_UNCLEANED: dict[int | str, dict[str, Any]] = MISSING | {422: {"description": "It cannot be cleaned; problem+json."}}
_LARGEST = (1 << 31) - 1


def dataset_routes(home: Home, outbox: Outbox, previewer: Previewer) -> APIRouter:
    """Everything but the large bodies."""
    routes = router("/api/v1/datasets", TAG)
    database = home.database

    @routes.post(
        "",
        status_code=202,
        summary="Freeze a query as the next version of a data set",
        responses=_REFUSED,
        response_model_exclude_none=True,
    )
    @may(*READERS)
    async def create(request: DatasetRequest, caller: Calling) -> Accepted:
        """The members are fixed when this returns; the build goes on as an operation.

        The filter's plane, phase, sequence, measures and modality choose studies and, inside them, only the images of
        that value. Images without a picture, localizers and images at risk of burned-in names are held back and listed
        by reason. 422: nothing is left; the answer says why.
        """
        return await freeze(database, outbox, home.keys, request, caller, home.settings.smallest_cohort)

    @routes.post("/dry-run", summary="What freezing a query would give", responses=_REFUSED)
    @may(*READERS)
    async def dry_run(request: DatasetRequest, caller: Calling) -> Foreseen:
        """Counts, what would be held back and why, and the shares a split would reach. Nothing of it is kept; asked
        again later it may say something else, for the catalogue goes on."""
        return await foresee(database, home.keys, request, caller, home.settings.smallest_cohort)

    @routes.get("", summary="Data sets")
    @may(*READERS)
    async def list_all(hospitals: Hospitals, limit: Limit = 50, cursor: Cursor = None) -> Page[DatasetItem]:
        """By name, each with its latest version."""
        after = check_dataset_name(str(read_cursor(cursor, 1)[0])) if cursor is not None else ""
        items, total = await versions.list_datasets(database, hospitals, after, limit)
        return Page(items=items, next=write_cursor([items[-1].name]) if len(items) == limit else None, total=total)

    @routes.get("/{name}", summary="A data set and its versions", responses=MISSING)
    @may(*READERS)
    async def show(name: Name, hospitals: Hospitals) -> Dataset:
        """Versions, newest first."""
        return await versions.find_dataset(database, name, hospitals)

    @routes.get("/{name}/versions/{version}", summary="A version", responses=MISSING)
    @may(*READERS)
    async def show_version(name: Name, version: VersionName, hospitals: Hospitals) -> Version:
        """Its state, rules, digests, counts, shares reached and exclusions by reason; `latest` is a version."""
        return versions.shown(await versions.find_version(database, name, version, hospitals))

    @routes.post(
        "/{name}/versions/{version}/approve",
        status_code=202,
        summary="Let a version be built",
        responses=_WAITING,
        response_model_exclude_none=True,
    )
    @may(Role.STEWARD)
    async def approve_it(
        request: Request, name: Name, version: VersionName, approval: Approval, caller: Calling
    ) -> Accepted:
        """One of so few patients that it waits for a steward. 409: it does not wait."""
        found = await versions.find_version(database, name, version, caller.hospitals)
        await approve(database, request.app.state.gate.trail, request, found, caller, approval.reason)
        return Accepted(operation_id=found.operation_id, dataset=name, version=found.version)

    @routes.post(
        "/{name}/versions/{version}/withdraw", summary="Say that a version must not be used", responses=_NOT_READY
    )
    @may(Role.STEWARD)
    async def withdraw_it(
        request: Request, name: Name, version: VersionName, withdrawal: Withdrawal, caller: Calling
    ) -> Version:
        """Its archive answers 410 from now on, with the reason; what it was stays known. It cannot be undone."""
        found = await versions.find_version(database, name, version, caller.hospitals)
        await withdraw(database, request.app.state.gate.trail, request, found, caller, withdrawal.reason)
        return versions.shown(await versions.find_version(database, name, found.version, caller.hospitals))

    @routes.get("/{name}/versions/{version}/members", summary="Members of a version", responses=UNREADY)
    @may(*READERS)
    async def members(
        name: Name, version: VersionName, hospitals: Hospitals, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[ManifestRow]:
        """The lines of manifest.csv. 409 while the version is not ready."""
        found = await ready_version(database, name, version, hospitals)
        after = read_number(cursor, 0, _LARGEST)
        items, more = await _member_page(home, found, after, limit)
        return Page(items=items, next=more, total=found.members)

    @routes.get("/{name}/versions/{version}/diff", summary="What differs from another version", responses=UNREADY)
    @may(*READERS)
    async def diff(
        name: Name,
        version: VersionName,
        before: Annotated[
            str, Query(alias="from", pattern=VERSION_NAME, description="A version of the same data set.")
        ],
        hospitals: Hospitals,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Diff:
        """Counts of added, removed and changed pictures and of patients on another side; the pictures in pages."""
        new = await ready_version(database, name, version, hospitals)
        old = await ready_version(database, name, before, hospitals)
        hospital, sop_uid, frame = read_cursor(cursor, 3) if cursor is not None else ("", "", 0)
        if not isinstance(frame, int) or not 0 <= frame <= _LARGEST:
            raise bad_cursor()
        place = (str(hospital), str(sop_uid), frame)
        found, last = await difference(database, Pseudonyms(home.keys, name), old, new, place, limit)
        return found.model_copy(update={"next": last and write_cursor(last)})

    @routes.get("/{name}/preview", summary="A dry run of de-identification on one image", responses=_UNCLEANED)
    @may(Role.STEWARD)
    async def preview(
        name: Name,
        image_id: Annotated[int, Query(ge=1, le=LARGEST_ID, description="As searches give it.")],
        caller: Calling,
        reader: WithReason,
        retain_patient_characteristics: bool = True,
    ) -> Preview:
        """What a data set of this name would change in the image's header: elements before and after."""
        found = await previewer.preview(
            name, image_id, caller.hospitals, characteristics=retain_patient_characteristics
        )
        await reader.shows(found.person)
        return found

    return routes


async def _member_page(
    home: Home, version: StoredVersion, after: int, limit: int
) -> tuple[list[ManifestRow], str | None]:
    names = Pseudonyms(home.keys, version.name)
    rows = await home.database.pool.fetch(
        f"SELECT {MEMBER_COLUMNS}, {FILE_COLUMNS} FROM {JOINED} WHERE version_id = $1 AND entry_ordinal > $2"
        " ORDER BY entry_ordinal LIMIT $3", version.version_id, after, limit + 1,
    )  # fmt: skip
    more = write_cursor([rows[limit - 1]["entry_ordinal"]]) if len(rows) > limit else None
    return [manifest_row(row, names) for row in rows[:limit]], more


def holder_routes(home: Home) -> APIRouter:
    routes = router("/api/v1/dataset-versions", TAG)

    @routes.get("", summary="Versions that hold a study")
    @may(*READERS)
    async def holders(
        hospitals: Hospitals,
        study_instance_uid: Annotated[str, Query(min_length=1, max_length=64)],
        hospital: Annotated[
            str | None, Query(max_length=250, description="As it was when the version was made.")
        ] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Holder]:
        """The newest first, among those whose maker saw no hospital that the caller does not see."""
        return await list_holders(home.database, study_instance_uid, hospital, hospitals, limit, cursor)

    return routes

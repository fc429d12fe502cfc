"""Placing: every member's file is there, its bytes known, and is given its place in the archive."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

import asyncpg

from cdm.query.images import CORRECTED
from services.export.archive.tar import tar_length
from services.export.archive.zip import Entry, directory_record, local_header
from services.export.build.files import EXTENSIONS, BuildFailed, Made, Maker, Withheld
from services.export.build.volumes import Volume, VolumeMaker
from services.export.members import MEMBER_COLUMNS, Member, member_of, path_of
from services.export.names import Pseudonyms
from services.export.split import sides_of
from services.export.versions import StoredVersion

_BATCH = 500


@dataclass(frozen=True)
class Placed:
    """A row of export.entry but for its version."""

    ordinal: int
    member_ordinal: int | None
    is_aside: bool
    path: str
    split: str | None
    blob_key: str
    bytes: int
    sha256: str
    crc32: int
    said: str
    archive_offset: int
    directory_offset: int
    tar_offset: int

    @property
    def entry(self) -> Entry:
        return Entry(self.path, self.bytes, self.crc32)

    @property
    def ends(self) -> tuple[int, int, int]:
        """Where the next entry begins: in the archive, in its directory (from the directory's start), and as TAR."""
        in_archive = self.archive_offset + len(local_header(self.entry)) + self.bytes
        in_directory = self.directory_offset + len(directory_record(self.entry, self.archive_offset))
        return in_archive, in_directory, self.tar_offset + tar_length(self.entry)


ENTRY_COLUMNS = (
    "ordinal, member_ordinal, is_aside, path, split, blob_key, bytes, sha256, crc32, said, archive_offset,"
    " directory_offset, tar_offset"
)


async def place_files(
    pool: Any, maker: Maker, version: StoredVersion, names: Pseudonyms, report: Callable[[int], None]
) -> Placed | None:
    """The last entry placed; goes on where an earlier try was killed. Raises BuildFailed.

    A member of which no file can be made has no entry: it stands among the exclusions, with the reason.
    """
    extension = EXTENSIONS[version.rule["format"]]
    last = await last_entry(pool, version.version_id)
    done = last.member_ordinal or 0 if last else 0
    while True:
        report(done)
        members = await _members_after(pool, version.version_id, done)
        if not members:
            return last
        batch: list[Placed] = []
        withheld: dict[int, tuple[str, str]] = {}
        persons = {member.person_key for member in members} if version.rule["split"] else set()
        sides = await sides_of(pool, version.name, persons)
        for member, made in zip(members, await maker.files_of(members), strict=True):
            if isinstance(made, Withheld):
                withheld[member.image_id] = member.sop_instance_uid, made.reason
                continue
            side = sides.get(member.person_key)
            path = path_of(member, names, version.root, version.rule["mode"], side, extension)
            last = after(last, member.ordinal, path, side, made)
            batch.append(last)
        await _withhold(pool, version.version_id, withheld)
        await store_entries(pool, version.version_id, batch)
        done = members[-1].ordinal


async def place_volumes(
    pool: Any, maker: VolumeMaker, version: StoredVersion, names: Pseudonyms, report: Callable[[int], None]
) -> Placed | None:
    """As `place_files`, for volumes: the members of one series in one folder give one or several of them.

    A volume lies in the folder of its own plane.
    """
    mode, extension = version.rule["mode"], EXTENSIONS["nifti"]
    last = await last_entry(pool, version.version_id)
    done = last.member_ordinal or 0 if last else 0
    for first, end in await pool.fetch(_SERIES[mode], version.version_id, done):
        report(first - 1)
        members = await _members_after(pool, version.version_id, first - 1, end - first + 1)
        volumes, withheld = await maker.volumes_of(members)
        facts = {one.ordinal: one for one in members}
        await _withhold(
            pool, version.version_id,
            {facts[place].image_id: (facts[place].sop_instance_uid, why.reason) for place, why in withheld.items()},
        )  # fmt: skip
        batch: list[Placed] = []
        sides = await sides_of(pool, version.name, [members[0].person_key]) if version.rule["split"] else {}
        side = sides.get(members[0].person_key)
        for number, volume in enumerate(_asked_for(volumes, members, version), start=1):
            place = replace(volume.first, position=number, image_plane=volume.body.said["plane"])
            path = path_of(place, names, version.root, mode, side, extension)
            beside = path.removesuffix(extension) + "json"
            told = {"sidecar": beside, "sidecar_sha256": volume.sidecar.sha256}
            body = replace(volume.body, said={**volume.body.said, **told})
            last = after(last, volume.first.ordinal, path, side, body)
            batch.append(last)
            last = after(last, volume.first.ordinal, beside, side, volume.sidecar, is_aside=True)
            batch.append(last)
        await store_entries(pool, version.version_id, batch)
    return last


def _asked_for(volumes: Sequence[Volume], members: Sequence[Member], version: StoredVersion) -> list[Volume]:
    """Not those of other planes than the filter asks for, which are there because an object has frames of both."""
    planes = version.rule["filter"]["plane"]
    if not planes or any(member.plane_source == CORRECTED for member in members):
        return list(volumes)
    return [volume for volume in volumes if volume.body.said["plane"] in planes]


_VOLUME_OF = "person_key, hospital, study_instance_uid, series_instance_uid"
# Members lie in the order of their folders, so those of one series and phase follow each other; volumes have one plane
# whatever their images are called.
_SERIES = {
    mode: f"""
    SELECT min(ordinal), max(ordinal) FROM export.member WHERE version_id = $1 GROUP BY {columns}
    HAVING min(ordinal) > $2 ORDER BY 1"""
    for mode, columns in {
        "phase": f"{_VOLUME_OF}, image_phase", "both": f"{_VOLUME_OF}, image_phase",
        "plane": _VOLUME_OF, "series": _VOLUME_OF, "flat": _VOLUME_OF,
    }.items()
}  # fmt: skip

OWN = 0  # stands for the member of a version's own file


def after(
    last: Placed | None, member_ordinal: int, path: str, side: str | None, made: Made, *, is_aside: bool = False
) -> Placed:
    """The entry that follows `last`, or the first. `is_aside`: it stands in another's line of the manifest."""
    ends = last.ends if last else (0, 0, 0)
    ordinal = last.ordinal + 1 if last else 1
    said = json.dumps(dict(made.said))
    return Placed(
        ordinal, member_ordinal, is_aside, path, side, made.blob_key, made.bytes, made.sha256, made.crc32, said, *ends
    )


async def _withhold(pool: Any, version_id: int, withheld: Mapping[int, tuple[str, str]]) -> None:
    rows = [(version_id, image_id, uid, reason) for image_id, (uid, reason) in withheld.items()]
    await pool.executemany("INSERT INTO export.exclusion VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", rows)


async def store_entries(pool: Any, version_id: int, batch: Sequence[Placed]) -> None:
    """All or none. Twice is once: the same version has the same entries."""
    if not batch:
        return
    columns = list(zip(*(astuple(placed) for placed in batch), strict=True))
    try:
        await pool.execute(
            f"INSERT INTO export.entry (version_id, {ENTRY_COLUMNS}) SELECT $1, * FROM"
            " unnest($2::bigint[], $3::bigint[], $4::boolean[], $5::text[], $6::text[], $7::text[], $8::bigint[],"
            " $9::text[], $10::bigint[], $11::jsonb[], $12::bigint[], $13::bigint[], $14::bigint[])"
            " ON CONFLICT (version_id, ordinal) DO NOTHING", version_id, *columns,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise BuildFailed(
            "Two pictures would have one name in the archive; freeze the query in another mode."
        ) from None


async def last_entry(pool: Any, version_id: int) -> Placed | None:
    """Where a killed build has come to; files of the version itself, which come last, are made anew."""
    await pool.execute(
        # What a release before this one placed is placed anew: it knew less of a file.
        "DELETE FROM export.entry WHERE version_id = $1 AND (member_ordinal = 0 OR EXISTS (SELECT FROM export.entry old"
        " WHERE old.version_id = $1 AND old.member_ordinal IS NULL))",
        version_id,
    )
    row = await pool.fetchrow(
        f"SELECT {ENTRY_COLUMNS} FROM export.entry WHERE version_id = $1 ORDER BY ordinal DESC LIMIT 1", version_id
    )
    return Placed(**row) if row else None


async def _members_after(pool: Any, version_id: int, ordinal: int, count: int = _BATCH) -> list[Member]:
    rows = await pool.fetch(
        f"SELECT {MEMBER_COLUMNS} FROM export.member WHERE version_id = $1 AND ordinal > $2 ORDER BY ordinal LIMIT $3",
        version_id, ordinal, count,
    )  # fmt: skip
    return [member_of(row) for row in rows]

"""The files of a data set's members: stored PNGs as they are, the rest made of the received objects by sandbox workers.

A file made for one version is used again by the next: its key says everything that decides its bytes. A stored picture
that is not the one that was recorded ends the build.
"""

import asyncio
import hashlib
import json
import tempfile
import zlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chassis.aio import gather_bounded
from chassis.blobs.keys import dicom_key, file_key
from chassis.errors import BlobMissing, Refused
from chassis.messaging.ports import BlobStore
from chassis.sandbox.input_file import body_file
from chassis.sandbox.pool import Pool
from chassis.sandbox.process import KeepPart, Result, WorkerDied
from chassis.sandbox.protocol import MiB, Work
from chassis.service import Home
from chassis.telemetry.metrics import log
from imaging.deidentify.profile import PROFILE_VERSION, TABLE_EDITION
from imaging.pixels.raw_png import STORED_PICTURE_VERSION
from services.export.build.object_report import ObjectReport, read_report
from services.export.members import Member
from services.export.names import Pseudonyms
from services.export.versions import StoredVersion

_WHOLE_BYTES = 4 << 20

WORK = Work("services.export.build.sandbox_main", part_bytes=640 * MiB, ask_bytes=64 * MiB, result_bytes=64 * MiB)
EXTENSIONS = {"png": "png", "png16": "png", "dicom": "dcm", "nifti": "nii.gz"}
_READS_AT_ONCE = 8
_TRIES = 2


_ASSIGNED = """
SELECT assigned_uids, sop_class_uid AS "SOPClassUID", sop_instance_uid AS "SOPInstanceUID",
    study_instance_uid AS "StudyInstanceUID", series_instance_uid AS "SeriesInstanceUID"
FROM rcdm.radiology_image JOIN rcdm.radiology_occurrence USING (radiology_occurrence_id) WHERE image_id = $1
"""


class BuildFailed(Exception):
    """A version that cannot be built as it was frozen; `detail` is a sentence without patient data."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


async def check_picture(blobs: BlobStore, member: Member) -> None:
    """The stored bytes are those the catalogue recorded, or the version is not built. Raises BuildFailed."""
    digest, crc32, size = hashlib.sha256(), 0, 0
    try:
        async with aclosing(_read(blobs, member)) as chunks:
            async for chunk in chunks:
                digest.update(chunk)
                crc32, size = zlib.crc32(chunk, crc32), size + len(chunk)
    except BlobMissing:
        raise BuildFailed(
            f"The picture of image {member.image_id}, frame {member.frame}, is gone: deleted, or lost."
        ) from None
    if (size, crc32, digest.hexdigest()) != (member.png_bytes, member.png_crc32, member.png_sha256):
        raise BuildFailed(
            f"The picture of image {member.image_id}, frame {member.frame}, is not the one that was recorded: "
            "its bytes were altered. Run the audit, send the image again, and freeze a new version."
        )


async def _read(blobs: BlobStore, member: Member) -> AsyncGenerator[bytes, None]:
    if member.png_bytes <= _WHOLE_BYTES:
        yield await blobs.get(member.png_key)
        return
    async with aclosing(blobs.stream(member.png_key)) as chunks:
        async for chunk in chunks:
            yield chunk


@dataclass(frozen=True)
class Made:
    """A file of an archive, stored; `said` replaces values of its line in the manifest."""

    blob_key: str
    bytes: int
    sha256: str
    crc32: int
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Withheld:
    """Why there is no file: a reason as exclusions have them."""

    reason: str


class Maker:
    """Makes the files of one version."""

    def __init__(self, home: Home, pool: Pool, version: StoredVersion, names: Pseudonyms) -> None:
        self._home, self._pool, self._names = home, pool, names
        self._format: str = version.rule["format"]
        self._characteristics: bool = version.rule.get("retain_patient_characteristics", True)
        self._name = version.name

    async def files_of(self, members: Sequence[Member]) -> list[Made | Withheld]:
        """In the members' order. Raises BuildFailed, Unavailable."""
        if self._format == "png":
            await gather_bounded(_READS_AT_ONCE, lambda member: check_picture(self._home.blobs, member), members)
            return [Made(one.png_key, one.png_bytes, one.png_sha256, one.png_crc32) for one in members]
        keys = {member.ordinal: self._key(member) for member in members}
        found: dict[str, Made | Withheld] = dict(await self._known(list(keys.values())))
        missing: defaultdict[int, list[Member]] = defaultdict(list)
        for member in members:
            if keys[member.ordinal] not in found:
                missing[member.image_id].append(member)
        made = await gather_bounded(self.at_once, self._make, missing.values())
        for files in made:
            found |= files
        return [found[keys[member.ordinal]] for member in members]

    @property
    def at_once(self) -> int:
        """How many images are worth being on their way."""
        return self._pool.processes + 1

    def _decides(self, member: Member) -> tuple[Any, ...]:
        """Beside the object itself, everything that decides how it looks when it is de-identified."""
        return (
            PROFILE_VERSION,
            TABLE_EDITION,
            *self._subject(member).values(),
            self._names.uid(member.sop_instance_uid),
        )

    def _key(self, member: Member) -> str:
        decides = self._decides(member) if self._format == "dicom" else (STORED_PICTURE_VERSION,)
        text = repr((self._format, member.dicom_sha256, member.frame, *decides))
        return file_key(self._name, hashlib.sha256(text.encode()).hexdigest(), EXTENSIONS[self._format])

    def _subject(self, member: Member) -> dict[str, Any]:
        return {
            "pseudonym": self._names.person(member.person_key),
            "shift_days": self._names.shift_days(member.person_key),
            "characteristics": self._characteristics,
        }

    async def _known(self, keys: Sequence[str]) -> dict[str, Made]:
        rows = await self._home.database.pool.fetch(
            "UPDATE export.file SET used_at = clock_timestamp() WHERE file_key = ANY($1) AND sha256 IS NOT NULL"
            " RETURNING *", keys,
        )  # fmt: skip
        return {row["file_key"]: _made(row) for row in rows}

    async def _make(self, members: Sequence[Member]) -> dict[str, Made | Withheld]:
        """Of one image: those of its frames that are wanted."""
        keys = [self._key(member) for member in members]
        await self.announce(members[0].image_id, keys)
        made = await (self._object(members[0]) if self._format == "dicom" else self._pictures(members))
        if isinstance(made, Withheld):
            return dict.fromkeys(keys, made)
        await self.remember(list(made.values()))
        return {key: made.get(key, Withheld("undecodable")) for key in keys}

    async def _object(self, member: Member) -> dict[str, Made] | Withheld:
        with tempfile.TemporaryDirectory(prefix="rcdm-file-") as folder:
            path, key = Path(folder) / "object", self._key(member)
            withheld = await self._write_object(member, path)
            if withheld:
                return withheld
            weight = await asyncio.to_thread(weighed, path)
            await self._home.blobs.put(key, path)
            return {key: Made(key, weight.bytes, weight.sha256, weight.crc32)}

    async def _pictures(self, members: Sequence[Member]) -> dict[str, Made] | Withheld:
        by_frame = {member.frame: member for member in members}
        stored: dict[int, Made] = {}

        async def keep(frame: int, body: bytes) -> None:
            if frame in by_frame:
                key = self._key(by_frame[frame])
                await self._home.blobs.put(key, body)
                stored[frame] = Made(key, len(body), hashlib.sha256(body).hexdigest(), zlib.crc32(body))

        result = await self._work(members[0], {"format": self._format}, keep)
        if isinstance(result, Withheld):
            return result
        facts = _facts(result.body)
        return {one.blob_key: replace(one, said=facts.get(str(frame), {})) for frame, one in stored.items()}

    async def _write_object(self, member: Member, path: Path) -> Withheld | None:
        """The de-identified object as a file; None when it is written. Raises BuildFailed, Unavailable."""

        async def keep(place: int, body: bytes) -> None:
            await asyncio.to_thread(_write_piece, path, place, body)

        assigned = await assigned_uids(self._home, member.image_id)
        said = {"format": "dicom", "subject": self._subject(member), "assigned": assigned}
        result = await self._work(member, said, keep)
        return result if isinstance(result, Withheld) else None

    async def read_frames(self, member: Member, keep: KeepPart) -> ObjectReport | Withheld:
        """The values of an object's frames, each a part under its number, and what they are.

        Raises BuildFailed, Unavailable.
        """
        result = await self._work(member, {"format": "frames"}, keep)
        return result if isinstance(result, Withheld) else read_report(result.body) or Withheld("decoder_died")

    async def _work(self, member: Member, said: dict[str, Any], keep: KeepPart) -> Result | Withheld:
        """What a worker makes of a member's object; tried again, from the first part on, when the worker dies."""
        blobs, source = self._home.blobs, dicom_key(member.dicom_sha256)
        reason = ""
        for _ in range(_TRIES):
            try:
                async with body_file("export", blobs, source, await blobs.size(source)) as body:
                    return await self._pool.run(member.dicom_sha256, body, said, keep, self._names.uids)
            except BlobMissing:
                raise BuildFailed(f"The object of image {member.image_id} is gone: deleted, or lost.") from None
            except WorkerDied as death:
                log.warning("file worker died", sha256=member.dicom_sha256, at_limit=death.at_limit)
                reason = "decoder_limit" if death.at_limit else "decoder_died"
            except Refused as refused:
                reason = str(refused.facts.get("code", ""))
                break
        if reason == "altered":
            raise BuildFailed(
                f"The object of image {member.image_id} is not the one that was received: its bytes were altered. Run"
                " the audit, send the image again, and freeze a new version."
            )
        return Withheld(reason)

    async def announce(self, image_id: int, keys: Sequence[str]) -> None:
        """Before anything is stored, so that nothing lies in the store that no table speaks of."""
        await self._home.database.pool.execute(
            "INSERT INTO export.file (file_key, image_id) SELECT key, $2 FROM unnest($1::text[]) AS key"
            " ON CONFLICT (file_key) DO UPDATE SET used_at = clock_timestamp()", keys, image_id,
        )  # fmt: skip

    async def remember(self, files: Sequence[Made]) -> None:
        rows = [(one.blob_key, one.bytes, one.sha256, one.crc32, json.dumps(dict(one.said))) for one in files]
        await self._home.database.pool.executemany(
            "UPDATE export.file SET bytes = $2, sha256 = $3, crc32 = $4, said = $5 WHERE file_key = $1", rows
        )


async def assigned_uids(home: Home, image_id: int) -> dict[str, str]:
    """By keyword, the UIDs of an image that its bytes do not hold: they were assigned when it came."""
    row = await home.database.pool.fetchrow(_ASSIGNED, image_id)
    return {keyword: row[keyword] for keyword in json.loads(row["assigned_uids"])} if row else {}


def _made(row: Any) -> Made:
    return Made(row["file_key"], row["bytes"], row["sha256"], row["crc32"], json.loads(row["said"]))


def _write_piece(path: Path, place: int, body: bytes) -> None:
    """Pieces come in their order; the first of them begins the file anew."""
    with path.open("ab" if place else "wb") as file:
        file.write(body)


@dataclass(frozen=True)
class Weight:
    """What an archive has to know of a file beforehand."""

    bytes: int
    sha256: str
    crc32: int


def weighed(path: Path) -> Weight:
    """Reads it once, a piece at a time."""
    digest, crc32, size = hashlib.sha256(), 0, 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            crc32, size = zlib.crc32(chunk, crc32), size + len(chunk)
    return Weight(size, digest.hexdigest(), crc32)


def _facts(body: bytes) -> dict[str, dict[str, float | None]]:
    """By frame, only the numbers a manifest has; from a worker, so nothing of it is taken for granted."""
    try:
        said = json.loads(body)
        return {
            str(frame): {
                name: None if values.get(name) is None else float(values[name]) for name in ("slope", "intercept")
            }
            for frame, values in said.items()
        }
    except (ValueError, TypeError, AttributeError):
        raise WorkerDied(at_limit=False) from None

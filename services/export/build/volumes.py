"""Volumes in NIfTI-1: what the images of one series in one folder are together, written from their values alone.

A worker reads each received object and lets out nothing but numbers; which of its frames make a volume is decided here.
"""

import asyncio
import hashlib
import json
import struct
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chassis.aio import gather_bounded
from chassis.blobs.keys import file_key
from chassis.errors import story_of
from chassis.service import Home
from chassis.telemetry.metrics import log
from imaging.volume.dimensions import Slice
from imaging.volume.nifti import volume_affine
from imaging.volume.sidecar import volume_sidecar
from imaging.volume.stacks import STACK_RULES_VERSION, Stack, stacks_of
from services.export.build.files import Made, Maker, Withheld, weighed
from services.export.build.series_frames import SeriesFrames, why_not, write_volume
from services.export.build.volume_line import volume_line, volume_plane
from services.export.members import Member

# Raised when the same objects would give other bytes.
VOLUME_VERSION = 2
_BODY, _SIDECAR = "volume.nii.gz", "volume.json"
# Numbers of a hostile header that no arithmetic survives leave that series out, not the whole set.
_NO_NUMBERS = (ArithmeticError, LookupError, TypeError, ValueError, struct.error)


@dataclass(frozen=True)
class Volume:
    """One volume, or several along an axis, and what is told of it beside, both stored; `first` is its first image."""

    body: Made
    sidecar: Made
    first: Member


class VolumeMaker:
    """Makes the volumes of one version; of `planes` only, where its filter names some."""

    def __init__(self, home: Home, maker: Maker, name: str, planes: Collection[str] = ()) -> None:
        self._home, self._maker, self._name, self._planes = home, maker, name, planes

    async def volumes_of(self, members: Sequence[Member]) -> tuple[list[Volume], dict[int, Withheld]]:
        """Of one series in one folder; and which of its images are, wholly or partly, in none of them, by ordinal.

        Every slice is in a volume, or its image is withheld with the reason. Raises BuildFailed, Unavailable.
        """
        by_uid = {member.sop_instance_uid: member for member in members}
        made: list[Volume] = []
        with tempfile.TemporaryDirectory(prefix="rcdm-volume-") as name:
            series = SeriesFrames(Path(name))
            withheld = await self._read(members, series)
            digest = _digest([member for member in members if member.ordinal not in withheld])
            # Numbered by their stack: which of them a version takes depends on its filter, and their files are shared.
            for number, stack in enumerate(await asyncio.to_thread(stacks_of, series.slices), start=1):
                own = _members(by_uid, [one for volume in stack.volumes for one in volume])
                line, reason = await asyncio.to_thread(_written, stack, series, own, self._planes)
                left_out = own if line is None else []
                for member in [*left_out, *_members(by_uid, stack.repeated)]:
                    withheld[member.ordinal] = Withheld(reason or "duplicate_position")
                if line is not None:
                    made.append(await self._stored(series.folder, f"{digest}-{number}", own[0], line))
        return made, withheld

    async def _read(self, members: Sequence[Member], series: SeriesFrames) -> dict[int, Withheld]:
        async def read(member: Member) -> tuple[int, Withheld | None]:
            return member.ordinal, await self._read_one(member, series)

        outcomes = await gather_bounded(self._maker.at_once, read, members)
        return {ordinal: withheld for ordinal, withheld in outcomes if withheld is not None}

    async def _read_one(self, member: Member, series: SeriesFrames) -> Withheld | None:
        uid, digests, sizes = member.sop_instance_uid, dict[int, str](), dict[int, int]()

        async def keep(frame: int, body: bytes) -> None:
            digests[frame], sizes[frame] = hashlib.sha256(body).hexdigest(), len(body)
            await asyncio.to_thread(series.path(uid, frame).write_bytes, body)

        report = await self._maker.read_frames(member, keep)
        if isinstance(report, Withheld):
            return report
        if not report.frames or any(sizes.get(one.facts.frame) != one.size_bytes for one in report.frames):
            return Withheld("undecodable")
        series.add(uid, report, digests)
        return None

    async def _stored(self, folder: Path, digest: str, first: Member, line: Mapping[str, Any]) -> Volume:
        keys = [file_key(self._name, digest, ending) for ending in ("nii.gz", "json")]
        await self._maker.announce(first.image_id, keys)
        made = []
        for key, path in zip(keys, (folder / _BODY, folder / _SIDECAR), strict=True):
            weight = await asyncio.to_thread(weighed, path)
            await self._home.blobs.put(key, path)
            made.append(Made(key, weight.bytes, weight.sha256, weight.crc32))
        await self._maker.remember(made)
        return Volume(replace(made[0], said=line), made[1], first)


def _members(by_uid: Mapping[str, Member], slices: Sequence[Slice]) -> list[Member]:
    """Each once, in the slices' order."""
    return [by_uid[uid] for uid in dict.fromkeys(one.sop_uid for one in slices)]


def _digest(members: Sequence[Member]) -> str:
    text = repr(("nifti", VOLUME_VERSION, STACK_RULES_VERSION, [member.dicom_sha256 for member in members]))
    return hashlib.sha256(text.encode()).hexdigest()


def _written(
    stack: Stack, series: SeriesFrames, members: Sequence[Member], planes: Collection[str]
) -> tuple[dict[str, Any] | None, str | None]:
    """The line of the manifest, when both files are written; else None and the reason why there is no volume."""
    if reason := why_not(stack, series):
        return None, reason
    if planes and volume_plane(stack, members)[0] not in planes:
        return None, "other_plane"
    try:
        affine, transform = volume_affine([one.facts for one in stack.volumes[0]]), series.transform(stack)
        sidecar = volume_sidecar(stack, series.abouts[stack.volumes[0][0].sop_uid], affine, transform)
        text = json.dumps(sidecar, indent=2, sort_keys=True, allow_nan=False) + "\n"
        (series.folder / _SIDECAR).write_text(text, "utf-8")
        write_volume(series.folder / _BODY, stack, series)
        return volume_line(stack, members, affine, transform), None
    except _NO_NUMBERS as error:
        log.warning("a series gave no volume", service="export", **story_of(error))
        return None, "not_a_volume"

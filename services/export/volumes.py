"""Volumes in NIfTI-1: what the images of one series in one folder are together, written from their values alone.

A worker reads each received object and lets out nothing but numbers; which of its frames make a volume is decided here.
"""

import asyncio
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from chassis.bounded import gather_bounded
from chassis.layout import file_key
from chassis.service import Home
from imaging.geometry import GeometryFinding
from imaging.nifti import NiftiType, kept_values, type_for, volume_affine, write_nifti
from imaging.sidecar import About, volume_sidecar
from imaging.slice_parting import Axis, Slice
from imaging.stacks import STACK_RULES_VERSION, Stack, seconds_of, stacks_of
from services.export.making import Made, Maker, Withheld, weighed
from services.export.member import Member
from services.export.object_report import FrameReport, ObjectReport
from services.export.volume_line import volume_line

# Raised when the same objects would give other bytes.
VOLUME_VERSION = 2
# Why the slices of a stack make no volume, the first that applies.
_REASONS = (
    (GeometryFinding.NO_POSITION, "no_position"),
    (GeometryFinding.DUPLICATE_POSITION, "duplicate_position"),
    (GeometryFinding.GAP, "gap"),
    (GeometryFinding.IRREGULAR_SPACING, "irregular_spacing"),
)


@dataclass(frozen=True)
class Volume:
    """One volume, or several along an axis, and what is told of it beside, both stored; `first` is its first image."""

    body: Made
    sidecar: Made
    first: Member


@dataclass
class _Series:
    """The frames of a series: their values in files of a folder, what they are in memory."""

    folder: Path
    members: dict[str, Member] = field(default_factory=dict)
    slices: list[Slice] = field(default_factory=list)
    reports: dict[tuple[str, int], FrameReport] = field(default_factory=dict)
    abouts: dict[str, About] = field(default_factory=dict)

    def path(self, uid: str, frame: int) -> Path:
        return self.folder / f"{self.members[uid].ordinal}-{frame}"

    def add(self, member: Member, report: ObjectReport, digests: Mapping[int, str]) -> None:
        uid = member.sop_instance_uid
        self.abouts[uid] = report.about
        for frame in report.frames:
            number = frame.facts.frame
            self.reports[uid, number] = frame
            self.slices.append(
                Slice(uid, frame.facts, report.instance_number, report.frame_of_reference_uid, digests[number])
            )

    def report(self, one: Slice) -> FrameReport:
        return self.reports[one.sop_uid, one.facts.frame]

    def members_of(self, slices: Sequence[Slice]) -> list[Member]:
        """Each once, in the slices' order."""
        return [self.members[uid] for uid in dict.fromkeys(one.sop_uid for one in slices)]

    def bodies(self, stack: Stack, kind: NiftiType) -> Iterator[bytes]:
        """The slices as the file holds them, one in memory at a time."""
        for volume in stack.volumes:
            for one in volume:
                report = self.report(one)
                values = report.values(self.path(one.sop_uid, one.facts.frame).read_bytes())
                yield kept_values(values, report.slope, report.intercept, kind)


class VolumeMaker:
    """Makes the volumes of one version."""

    def __init__(self, home: Home, maker: Maker, name: str) -> None:
        self._home, self._maker, self._name = home, maker, name

    async def volumes_of(self, members: Sequence[Member]) -> tuple[list[Volume], dict[int, Withheld]]:
        """Of one series in one folder; and which of its images are, wholly or partly, in none of them, by ordinal.

        Every slice is in a volume, or its image is withheld with the reason. Raises BuildFailed, Unavailable.
        """
        with tempfile.TemporaryDirectory(prefix="rcdm-volume-") as name:
            series = _Series(Path(name), {member.sop_instance_uid: member for member in members})
            withheld = await self._read(members, series)
            made: list[Volume] = []
            digest = self._digest([member for member in members if member.ordinal not in withheld])
            for stack in await asyncio.to_thread(stacks_of, series.slices):
                reason = _why_not(stack, series)
                left_out = stack.slices if reason else stack.repeated
                for member in series.members_of(left_out):
                    withheld[member.ordinal] = Withheld(reason or "duplicate_position")
                if not reason:
                    made.append(await self._stored(stack, f"{digest}-{len(made) + 1}", series))
        return made, withheld

    async def _read(self, members: Sequence[Member], series: _Series) -> dict[int, Withheld]:
        async def read(member: Member) -> Withheld | None:
            digests: dict[int, str] = {}
            sizes: dict[int, int] = {}

            async def keep(frame: int, body: bytes) -> None:
                digests[frame], sizes[frame] = hashlib.sha256(body).hexdigest(), len(body)
                await asyncio.to_thread(series.path(member.sop_instance_uid, frame).write_bytes, body)

            report = await self._maker.read_frames(member, keep)
            if isinstance(report, Withheld):
                return report
            if not report.frames or any(sizes.get(one.facts.frame) != one.size_bytes for one in report.frames):
                return Withheld("undecodable")
            series.add(member, report, digests)
            return None

        outcomes = await gather_bounded(self._maker.at_once, read, members)
        return {
            member.ordinal: outcome
            for member, outcome in zip(members, outcomes, strict=True)
            if outcome is not None
        }  # fmt: skip

    def _digest(self, members: Sequence[Member]) -> str:
        parts = [member.dicom_sha256 for member in members]
        text = repr(("nifti", VOLUME_VERSION, STACK_RULES_VERSION, parts))
        return hashlib.sha256(text.encode()).hexdigest()

    async def _stored(self, stack: Stack, digest: str, series: _Series) -> Volume:
        packed, sidecar = series.folder / "volume.nii.gz", series.folder / "volume.json"
        reports = [series.report(one) for volume in stack.volumes for one in volume]
        transform = "\\".join(sorted({report.transform for report in reports}))
        members = series.members_of([one for volume in stack.volumes for one in volume])
        first = stack.volumes[0]
        affine = volume_affine([one.facts for one in first])
        about = series.abouts[first[0].sop_uid]
        await asyncio.to_thread(_write, packed, stack, series)
        sidecar.write_bytes(_json(volume_sidecar(stack, about, affine, transform)))
        keys = [file_key(self._name, digest, ending) for ending in ("nii.gz", "json")]
        await self._maker.announce(members[0].image_id, keys)
        said = volume_line(stack, members, affine, transform)
        made = []
        for key, path in zip(keys, (packed, sidecar), strict=True):
            weight = await asyncio.to_thread(weighed, path)
            await self._home.blobs.put(key, path)
            made.append(Made(key, weight.bytes, weight.sha256, weight.crc32))
        await self._maker.remember(made)
        return Volume(replace(made[0], said=said), made[1], members[0])


def _why_not(stack: Stack, series: _Series) -> str | None:
    """None when the stack is a volume, or several."""
    if not stack.is_grid:
        return next(reason for flaw, reason in _REASONS if flaw in stack.flaws)
    if any(one.facts.pixel_spacing is None for one in stack.slices):
        return "no_pixel_spacing"
    reports = [series.report(one) for one in stack.slices]
    return "mixed_values" if len({report.samples for report in reports}) > 1 else None


def _write(path: Path, stack: Stack, series: _Series) -> None:
    volume = stack.volumes[0]
    first = volume[0].facts
    reports = [series.report(one) for volume in stack.volumes for one in volume]
    if reports[0].samples == 3:
        kind = NiftiType("rgb")
    else:
        kind = type_for((one.kind, one.least, one.largest, one.slope, one.intercept) for one in reports)
    shape = (first.columns, first.rows, len(volume), *([len(stack.volumes)] if len(stack.volumes) > 1 else []))
    affine = volume_affine([one.facts for one in volume])
    write_nifti(path, shape, kind, affine, _step_seconds(stack), series.bodies(stack, kind))


def _step_seconds(stack: Stack) -> float:
    """From one volume to the next, of a true axis of time; the repetition time where no clock says it."""
    if stack.axis is not Axis.TIME:
        return 0.0
    if seconds := seconds_of(stack.volumes):
        return float(median(after - before for before, after in pairwise(seconds)))
    return (stack.volumes[0][0].facts.repetition_time_ms or 0.0) / 1000


def _json(told: Mapping[str, Any]) -> bytes:
    return (json.dumps(told, indent=2, sort_keys=True, allow_nan=False) + "\n").encode()

"""The frames of a series as workers gave them, values in files and facts in memory; and volumes written of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median

from imaging.geometry.spacing import GeometryFinding
from imaging.volume.dimensions import Axis, Slice
from imaging.volume.nifti import NiftiType, kept_values, type_for, volume_affine, write_nifti
from imaging.volume.sidecar import About
from imaging.volume.stacks import Stack, seconds_of
from services.export.build.object_report import FrameReport, ObjectReport

# Why the slices of a stack make no volume, the first that applies.
_REASONS = (
    (GeometryFinding.NO_POSITION, "no_position"),
    (GeometryFinding.DUPLICATE_POSITION, "duplicate_position"),
    (GeometryFinding.GAP, "gap"),
    (GeometryFinding.IRREGULAR_SPACING, "irregular_spacing"),
)


@dataclass
class SeriesFrames:
    """Objects are known by their SOP Instance UID, frames count from 1. Values lie in files of `folder`."""

    folder: Path
    slices: list[Slice] = field(default_factory=list)
    abouts: dict[str, About] = field(default_factory=dict)
    _reports: dict[tuple[str, int], FrameReport] = field(default_factory=dict)

    def path(self, uid: str, frame: int) -> Path:
        """Where the values of a frame are, or are to be put."""
        return self.folder / f"{uid}-{frame}"

    def add(self, uid: str, report: ObjectReport, digests: Mapping[int, str]) -> None:
        """An object whose values lie there; `digests` are those of its frames' values."""
        self.abouts[uid] = report.about
        for frame in report.frames:
            number = frame.facts.frame
            self._reports[uid, number] = frame
            place = report.instance_number, report.series_number, report.frame_of_reference_uid
            self.slices.append(Slice(uid, frame.facts, *place, digests[number]))

    def report(self, one: Slice) -> FrameReport:
        return self._reports[one.sop_uid, one.facts.frame]

    def transform(self, stack: Stack) -> str:
        """What led from the stored values to the volume's; several between backslashes."""
        return "\\".join(sorted({self.report(one).transform for volume in stack.volumes for one in volume}))

    def bodies(self, stack: Stack, kind: NiftiType) -> Iterator[bytes]:
        """The slices as the file holds them, one in memory at a time."""
        for volume in stack.volumes:
            for one in volume:
                report = self.report(one)
                values = report.values(self.path(one.sop_uid, one.facts.frame).read_bytes())
                yield kept_values(values, report.slope, report.intercept, kind)


def why_not(stack: Stack, series: SeriesFrames) -> str | None:
    """None when the stack is a volume, or several."""
    if not stack.is_grid:
        return next(reason for flaw, reason in _REASONS if flaw in stack.flaws)
    if any(one.facts.pixel_spacing is None for one in stack.slices):
        return "no_pixel_spacing"
    reports = [series.report(one) for one in stack.slices]
    return "mixed_values" if len({report.samples for report in reports}) > 1 else None


def write_volume(path: Path, stack: Stack, series: SeriesFrames) -> None:
    """The .nii.gz of a stack that is a volume, or several. Memory holds a slice at a time."""
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

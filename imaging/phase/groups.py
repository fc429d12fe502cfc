"""A phase group is what one study holds at one time point of one series; order between groups is evidence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from imaging.fields.acquisition_time import tells_zone
from imaging.header.dicom_json import Document, number, text, texts
from imaging.header.functional_groups import frame_document
from imaging.phase.derivation import Derivation, derivation
from imaging.phase.time_series import Repeats, follows_contrast, repeats_for
from imaging.phase.types import PhaseDecision

# A contrast phase differs from the next in time alone; where one of these differs it is another kind of picture.
_SETTINGS_TEXTS = ("SequenceName", "PulseSequenceName", "ScanningSequence", "SequenceVariant", "ScanOptions")
_SETTINGS_NUMBERS = ("KVP", "EchoTime", "EffectiveEchoTime", "InversionTime", "FlipAngle")
# Settings without "=" mark what an image is: how it was derived, why it repeats in time, and that its zone is known.
# RELABELLED is DERIVED and SECONDARY by ImageType alone.
_DERIVED, _RELABELLED, _ACQUIRED = "DERIVED", "RELABELLED", "ACQUIRED"
_ON_UTC = "UTC"
# A slice has a thickness; without one, two groups of a single slice could never share anything.
_SLICE_MM = 1.0


class PhaseKey(NamedTuple):
    """What makes images of one study one group."""

    frame_of_reference_uid: str | None
    series_instance_uid: str
    acquisition_number: int | None
    temporal_position: int | None


@dataclass(frozen=True)
class Volume:
    """What the pixels of a group can be compared by: intensity maps by slice position (mm), in its order.

    Only volumes of equal `settings` are comparable; `frames` are those of one object, whose map is their mean.
    """

    settings: str
    slices: tuple[tuple[float, bytes], ...]
    frames: int = 1


@dataclass(frozen=True)
class PhaseGroup:
    """What the rules of order need of a group; `low_mm` and `high_mm` are its first and last slice along the normal.

    `acquired_at` is the earliest acquisition time of its images, never a study or content time; `own` is
    `common_phase` of its images; `settings` joins their `acquisition_settings`, marks among them.
    """

    key: PhaseKey
    series_number: int | None
    modality: str
    plane: str
    image_type_class: str
    acquired_at: datetime | None
    low_mm: float | None
    high_mm: float | None
    has_agent: bool | None
    series_description: str
    own: PhaseDecision
    image_count: int = 1
    settings: frozenset[str] = frozenset()
    bright_part: float | None = None  # of a CT's body, as bright as enhanced vessels and no bone
    volume: Volume | None = None  # known only where it could be evidence

    @property
    def made_with(self) -> frozenset[str]:
        """The settings without the marks."""
        return frozenset(setting for setting in self.settings if "=" in setting)

    @property
    def is_on_utc(self) -> bool:
        return _ON_UTC in self.settings


def acquisition_settings(document: Document) -> frozenset[str]:
    """What an image was made with, as comparable texts (`"FlipAngle=15"`), and marks without "=" of what it is."""
    frame = frame_document(document)
    written = {f"{name}={'+'.join(texts(frame, name))}" for name in _SETTINGS_TEXTS if text(frame, name)}
    found = {name: number(frame, name) for name in _SETTINGS_NUMBERS}
    measured = {f"{name}={value:.3g}" for name, value in found.items() if value is not None}
    made = derivation(document)
    marks = {_ACQUIRED if made is None else _RELABELLED if made is Derivation.OTHER else _DERIVED}
    marks |= {kind.value for kind in repeats_for(document)}
    marks |= {_ON_UTC} if tells_zone(document) else set()
    return frozenset(written | measured | marks)


def is_acquired(group: PhaseGroup) -> bool:
    """Was it scanned, and not made of others? ORIGINAL and SECONDARY was, and so was what lost PRIMARY on its way."""
    is_scan = group.image_type_class == "PRIMARY" or _ACQUIRED in group.settings
    is_computed = bool({_DERIVED, _RELABELLED} & group.settings)
    return is_scan and not is_computed and group.image_type_class != "LOCALIZER" and group.modality in ("CT", "MR")


def with_lost_scans(groups: Sequence[PhaseGroup]) -> list[PhaseGroup]:
    """Where a study has no scan but only what is relabelled, an export has lost the words: those are its scans."""
    scanned = {group.modality for group in groups if is_acquired(group)}
    return [
        replace(group, settings=group.settings - {_RELABELLED} | {_ACQUIRED})
        if _RELABELLED in group.settings and group.modality not in scanned
        else group
        for group in groups
    ]


def is_comparable(group: PhaseGroup) -> bool:
    """Can another group be a later look at the same? Only scanned slices whose place is known, nothing that repeats."""
    return (
        is_acquired(group)
        and group.plane in ("AXIAL", "CORONAL", "SAGITTAL", "OBLIQUE")
        and bool(group.key.frame_of_reference_uid)
        and group.low_mm is not None
        and group.high_mm is not None
        and follows_bolus(group) is not False
    )


def follows_bolus(group: PhaseGroup) -> bool | None:
    """Does it show contrast medium on its way (True), something else that repeats (False), or does nothing tell?"""
    marks = frozenset(kind for kind in Repeats if kind.value in group.settings)
    return follows_contrast(marks, group.has_agent)


def shared_extent(one: PhaseGroup, other: PhaseGroup, of_longer: bool) -> float:
    """The part, 0 to 1, of the longer (or the shorter) group's extent that both cover; single slices share 1 or 0."""
    lengths = sorted((_length(one), _length(other)))
    common = min(_high(one), _high(other)) - max(_low(one), _low(other)) + _SLICE_MM
    return max(0.0, common) / lengths[of_longer]


def in_time_order(groups: Iterable[PhaseGroup]) -> list[PhaseGroup]:
    """By acquisition date-time, series number and acquisition number; what is missing comes last."""
    return sorted(groups, key=_time_order)


def _low(group: PhaseGroup) -> float:
    assert group.low_mm is not None
    return group.low_mm


def _high(group: PhaseGroup) -> float:
    assert group.high_mm is not None
    return group.high_mm


def _length(group: PhaseGroup) -> float:
    return _high(group) - _low(group) + _SLICE_MM


def _time_order(group: PhaseGroup) -> tuple[bool, datetime, float, float, str]:
    return (
        group.acquired_at is None,
        group.acquired_at or datetime.min,
        float("inf") if group.series_number is None else group.series_number,
        float("inf") if group.key.acquisition_number is None else group.key.acquisition_number,
        str(group.key),
    )

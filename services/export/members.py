"""A frozen member: everything the archive and the manifest say of one picture, as copied when the version was made."""

import json
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from math import isfinite
from typing import Any

import asyncpg

from imaging.deidentify.text import clean_machine_text, clean_text
from services.export.csv_safe import numbers_as_written
from services.export.names import Pseudonyms, Subject, file_path


@dataclass(frozen=True, slots=True)
class Member:
    """A row of export.member."""

    ordinal: int
    position: int
    person_key: str
    hospital: str
    study_instance_uid: str
    sop_instance_uid: str
    series_instance_uid: str
    series_number: int | None
    image_id: int
    dicom_sha256: str
    modality: str | None
    body_part: str | None
    laterality: str | None
    view_position: str | None
    series_description: str | None
    sequence_kind: str | None
    image_plane: str
    plane_source: str
    image_phase: str
    phase_source: str
    phase_confidence: float
    pixel_spacing: list[float] | None
    slice_position: float | None
    image_slice_thickness: float | None
    image_window_level_center: str | None
    image_window_level_width: str | None
    rescale_slope: float | None
    rescale_intercept: float | None
    frame: int
    rows: int
    columns: int
    png_key: str
    png_bytes: int
    png_sha256: str
    png_crc32: int


# A member and the file it gave, `entry_ordinal` being the file's place in the archive.
JOINED = (
    "export.member JOIN (SELECT version_id, coalesce(member_ordinal, ordinal) AS ordinal, ordinal AS entry_ordinal,"
    " path, split, bytes, sha256, said FROM export.entry WHERE NOT is_aside) AS entry USING (version_id, ordinal)"
)
# Beside the member's own, what a line of the manifest needs of its file.
FILE_COLUMNS = (
    "path, split, entry.bytes AS file_bytes, coalesce(entry.sha256, png_sha256) AS file_sha256, said, entry_ordinal"
)
MEMBER_COLUMNS = ", ".join(f"member.{field.name}" for field in fields(Member))
_NAMES = [field.name for field in fields(Member)]


def member_of(row: asyncpg.Record) -> Member:
    return Member(*(row[name] for name in _NAMES))


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """A line of manifest.csv: pseudonyms and replaced UIDs only; lengths in mm, several numbers between backslashes.

    `path` is the file's name in the archive; `frame` counts from 1. The line of a volume describes the whole of it,
    made of several `images`; its UIDs are those of its first image. `axis` names what goes on from one of its `volumes`
    to the next, `variant` what sets it apart from others of its series; `affine` are three rows of four, to RAS+ mm.
    """

    path: str
    sha256: str
    bytes: int
    split: str | None
    person: str
    occurrence: str
    series: str
    study_uid: str
    series_uid: str
    sop_uid: str
    frame: int
    modality: str | None
    body_part: str | None
    laterality: str | None
    view_position: str | None
    series_description: str | None
    sequence: str | None
    plane: str
    plane_source: str
    phase: str
    phase_source: str
    phase_confidence: float
    rows: int
    columns: int
    pixel_spacing: str
    slice_position: float | None
    slice_thickness: float | None
    window_center: str
    window_width: str
    slope: float | None
    intercept: float | None
    images: int
    sidecar: str | None
    sidecar_sha256: str | None
    slices: int | None = None
    volumes: int | None = None
    slice_spacing: float | None = None
    affine: str | None = None
    axis: str | None = None
    axis_values: str | None = None
    variant: str | None = None
    gantry_tilt: float | None = None
    value_transform: str | None = None


# What a file may say of itself better than its first image does.
_TOLD = (
    "plane", "plane_source", "phase", "phase_confidence", "rows", "columns", "slice_position", "slice_thickness",
    "images", "sidecar", "sidecar_sha256", "slices", "volumes", "slice_spacing", "affine", "axis", "axis_values",
    "variant", "gantry_tilt", "value_transform",
)  # fmt: skip
MANIFEST_COLUMNS = tuple(field.name for field in fields(ManifestRow))


def path_of(member: Member, names: Pseudonyms, root: str, mode: str, side: str | None, extension: str) -> str:
    subject = _subject(member, names)
    number = f"{member.position:04d}.{extension}"
    return file_path(root, side, subject, mode, member.image_plane, member.image_phase, number)


def manifest_row(row: asyncpg.Record, names: Pseudonyms) -> ManifestRow:
    """Of a row with MEMBER_COLUMNS and FILE_COLUMNS."""
    member, said = member_of(row), json.loads(row["said"] or "{}")
    subject = _subject(member, names)
    of_image = ManifestRow(
        path=row["path"],
        sha256=row["file_sha256"],
        bytes=row["file_bytes"],
        split=row["split"],
        person=subject.person,
        occurrence=subject.occurrence,
        series=subject.series,
        study_uid=names.uid(member.study_instance_uid),
        series_uid=names.uid(member.series_instance_uid),
        sop_uid=names.uid(member.sop_instance_uid),
        frame=member.frame,
        modality=member.modality,
        body_part=_coded(member.body_part),
        laterality=member.laterality,
        view_position=member.view_position,
        series_description=_cleaned(member.series_description),
        sequence=member.sequence_kind,
        plane=member.image_plane,
        plane_source=member.plane_source,
        phase=member.image_phase,
        phase_source=member.phase_source,
        phase_confidence=member.phase_confidence,
        rows=member.rows,
        columns=member.columns,
        pixel_spacing="\\".join(f"{value:g}" for value in said.get("pixel_spacing") or member.pixel_spacing or ()),
        slice_position=_finite(member.slice_position),
        slice_thickness=_finite(member.image_slice_thickness),
        # Free text where numbers belong could name somebody; only numbers leave.
        window_center=numbers_as_written(member.image_window_level_center),
        window_width=numbers_as_written(member.image_window_level_width),
        slope=_finite(said.get("slope", member.rescale_slope)),
        intercept=_finite(said.get("intercept", member.rescale_intercept)),
        images=1,
        sidecar=None,
        sidecar_sha256=None,
    )
    return replace(of_image, **{name: said[name] for name in _TOLD if name in said})


def cells(row: ManifestRow) -> list[Any]:
    """In the order of MANIFEST_COLUMNS."""
    return [getattr(row, name) for name in MANIFEST_COLUMNS]


@lru_cache(maxsize=1 << 12)
def _cleaned(written: str | None) -> str | None:
    """Free text leaves as it does in a header: known words alone (PS3.15 E.3.5)."""
    return clean_text(written or "") or None


def _coded(written: str | None) -> str | None:
    """A term leaves whole or not at all, as a coded string does: half of it is another."""
    return written if written and clean_machine_text(written) == written else None


def _finite(value: float | None) -> float | None:
    # JSON has no NaN, and neither has a length.
    return value if value is not None and isfinite(value) else None


def _subject(member: Member, names: Pseudonyms) -> Subject:
    return names.subject(
        member.person_key,
        member.hospital,
        member.study_instance_uid,
        member.series_instance_uid,
        member.series_number,
    )

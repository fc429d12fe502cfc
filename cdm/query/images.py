"""What a filter says of images has to hold for one and the same image of the study."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Double, Text, all_, case, cast, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col

from cdm.query.filters import OccurrenceFilter
from cdm.query.tag_index import Searchable, by_values
from cdm.query.tags import TagCondition, tag_condition
from cdm.tables import RadiologyImage, RadiologyImageKind, RadiologyOccurrence

# Where a plane, a phase or a protocol comes from when a person said it.
CORRECTED = "CORRECTED"
Rows = type[RadiologyImage] | type[RadiologyImageKind]


def by_images(wanted: OccurrenceFilter, searchable: Searchable) -> list[ColumnElement[bool]]:
    """Conditions for RadiologyOccurrence. Only a tag that is not searchable, or one of several conditions that have to
    hold for one image, reads headers: of the images the rest leaves.
    """
    counted, of_kind = _counted(wanted), kind_conditions(RadiologyImageKind, wanted)
    tags = [tag_condition(one) for one in wanted.tag]
    found = [*counted, *(by_values(tag, searchable[tag.key]) for tag in tags if tag.key in searchable)]
    if asks_kinds(wanted):
        found.append(_has(RadiologyImageKind, of_kind))
    if tags and not (len(tags) == 1 and not of_kind and _says_all(tags[0], searchable)):
        of_image = kind_conditions(RadiologyImage, wanted)
        found.append(_has(RadiologyImage, [*of_image, *(tag.holds() for tag in tags)]))
    return found


def asks_kinds(wanted: OccurrenceFilter) -> bool:
    """Whether it takes more than the counts of an occurrence: one counted word by itself is answered by them."""
    asked = kind_conditions(RadiologyImageKind, wanted)
    return len(asked) > 1 or len(asked) > len(_counted(wanted))


def kind_conditions(rows: Rows, wanted: OccurrenceFilter) -> list[ColumnElement[bool]]:
    """Conditions for these rows by plane, phase, sequence and measures."""
    found: list[ColumnElement[bool]] = []
    if wanted.plane:
        found.append(shows_plane(wanted.plane) if rows is RadiologyImage else col(rows.image_plane).in_(wanted.plane))
    if wanted.phase:
        found.append(col(rows.image_phase).in_(wanted.phase))
    if wanted.sequence:
        found.append(func.upper(rows.sequence_kind).in_(wanted.sequence))
    return [*found, *_measured(rows, wanted)]


def shows_plane(planes: Sequence[str]) -> ColumnElement[bool]:
    """Of RadiologyImage: the image, or one of its frames where they differ, is of one of these planes."""
    image = RadiologyImage
    of_frames: Any = col(image.frame_planes)
    return case(
        (is_of_one_plane(), col(image.image_plane).in_(planes)),
        else_=of_frames.overlap(cast(list(planes), ARRAY(Text))),
    )


def is_of_one_plane() -> ColumnElement[bool]:
    """Of RadiologyImage: all frames have the image's plane, be it that a person said so."""
    image = RadiologyImage
    return or_(col(image.frame_planes).is_(None), col(image.plane_source) == CORRECTED)


def _says_all(tag: TagCondition, searchable: Searchable) -> bool:
    # Values that differ may stand in one element beside the one that must not.
    return tag.key in searchable and tag.operator != "!="


def _measured(rows: Rows, wanted: OccurrenceFilter) -> Iterator[ColumnElement[bool]]:
    spacing: Any = all_(col(rows.pixel_spacing))  # both of its numbers
    if wanted.pixel_spacing_min is not None:
        yield literal(wanted.pixel_spacing_min, Double) <= spacing
    if wanted.pixel_spacing_max is not None:
        yield literal(wanted.pixel_spacing_max, Double) >= spacing
    for field, low, high in (
        (rows.image_slice_thickness, wanted.slice_thickness_min, wanted.slice_thickness_max),
        (rows.magnetic_field_strength, wanted.field_strength_min, wanted.field_strength_max),
        (rows.kvp, wanted.kvp_min, wanted.kvp_max),
    ):
        if low is not None:
            yield col(field) >= low
        if high is not None:
            yield col(field) <= high


def _counted(wanted: OccurrenceFilter) -> list[ColumnElement[bool]]:
    occurrence = RadiologyOccurrence
    counts = (
        (col(occurrence.plane_counts), wanted.plane),
        (col(occurrence.phase_counts), wanted.phase),
        (col(occurrence.sequence_counts), wanted.sequence),
    )
    return [column.has_any(cast(list(values), ARRAY(Text))) for column, values in counts if values]  # type: ignore[attr-defined]


def _has(rows: Rows, conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    of_study = col(rows.radiology_occurrence_id) == col(RadiologyOccurrence.radiology_occurrence_id)
    return exists(select(literal(1)).where(of_study, *conditions))

"""From a filter to the images a data set takes, and to those it excludes, each with the reason.

A filter's plane, phase, sequence, measures and modality choose occurrences and, inside them, only the images that
have that value themselves: a data set of arterial images holds no other phase of the same study. A combined modality
such as `PETCT` takes the whole study, and so does a condition on a tag. Studies and series that were picked one by one
are a condition beside the filter.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Integer,
    Select,
    Text,
    and_,
    any_,
    case,
    cast,
    column,
    false,
    func,
    not_,
    or_,
    select,
    true,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from cdm.query.access import Scope, in_scope
from cdm.query.filters import OccurrenceFilter
from cdm.query.images import is_of_one_plane, kind_conditions
from cdm.query.occurrences import occurrence_conditions
from cdm.query.tag_index import NOTHING, Searchable
from cdm.tables import Person, RadiologyHospital, RadiologyImage, RadiologyModality, RadiologyOccurrence
from chassis.auth.access import Caller, Role
from chassis.errors import Forbidden, NotFound

# Raised when the same catalogue would give other members or other exclusions.
MEMBER_RULES_VERSION = 3

_IMAGE, _OCCURRENCE = RadiologyImage, RadiologyOccurrence
# PS3.4 B.5: Secondary Capture and its multi-frame kinds begin so.
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_REPORT_TITLE = r"\mdose (info|report|record)\M|\mpatient protocol\M"
# Of the reasons below, those for which a name may stand in the picture itself.
NAMES_IN_PIXELS = frozenset({"burned_in_annotation", "ultrasound", "screen_save", "dose_report", "secondary_capture"})
_CONVERSION_TYPE = "00080064"  # PS3.3 C.8.6.1: digitised film, video, a workstation's screen
_GROUPS: dict[str, tuple[str, ...]] = {
    "phase": ("image_phase",),
    "plane": ("image_plane",),
    "both": ("image_phase", "image_plane"),
    "series": (),
    "flat": (),
}


_IMAGE_COLUMNS = (
    "image_id", "sop_instance_uid", "series_instance_uid", "series_number", "modality", "sequence_kind",
    "image_plane", "plane_source", "image_phase", "phase_source", "phase_confidence", "pixel_spacing",
    "slice_position", "image_slice_thickness", "image_window_level_center", "image_window_level_width",
    "rescale_slope", "rescale_intercept", "body_part", "laterality", "view_position", "series_description",
)  # fmt: skip

_NAMED = 20  # of those that are not there
_STUDY, _SERIES = col(RadiologyImage.radiology_occurrence_id), col(RadiologyImage.series_instance_uid)


def member_rows(
    conditions: Sequence[ColumnElement[bool]], mode: str, *, planes: Sequence[str] = (), whole: bool = False
) -> Select[Any]:
    """One row per picture (a frame of an image) of those images, numbered by `ordinal` from 1 over all.

    `position` counts inside one folder's series along the slice normal, then by acquisition, instance and frame. What
    a frame says of itself (its plane, place, spacing …) holds, else what the image says.
    `planes`: only frames of these; empty: all. `whole`: one row per image, with its first picture.
    """
    reason = held_back(_mixed(planes) if whole else false())
    frame = _frames()
    own = {} if whole else _own_columns(frame)
    order = _slice_order(frame, own)
    folder = [
        _IMAGE.radiology_occurrence_id,
        _IMAGE.series_instance_uid,
        *(own.get(name, getattr(_IMAGE, name)) for name in _GROUPS[mode]),
    ]
    person_key = func.coalesce(col(Person.person_source_value), func.concat("person ", Person.person_id))
    everything = [person_key, *folder, *order]
    return (
        select(
            func.row_number().over(order_by=everything).label("ordinal"),
            func.row_number().over(partition_by=folder, order_by=order).label("position"),
            person_key.label("person_key"),
            col(_OCCURRENCE.person_sex).label("sex"),
            col(RadiologyHospital.text).label("hospital"),
            col(_OCCURRENCE.study_instance_uid),
            *(own.get(name, col(getattr(_IMAGE, name))).label(name) for name in _IMAGE_COLUMNS),
            col(_IMAGE.image_sha256).label("dicom_sha256"),
            frame.c.number.label("frame"),
            frame.c.height.label("rows"),
            frame.c.width.label("columns"),
            # As png_key in chassis/blobs/keys.py writes it.
            func.concat(_IMAGE.png_filepath, "-", func.lpad(frame.c.number.cast(Text), 6, "0"), ".png").label(
                "png_key"
            ),
            frame.c.bytes.label("png_bytes"),
            frame.c.sha256.label("png_sha256"),
            frame.c.crc32.label("png_crc32"),
        )
        .select_from(_IMAGE)
        .join(_OCCURRENCE, col(_OCCURRENCE.radiology_occurrence_id) == _IMAGE.radiology_occurrence_id)
        .join(RadiologyHospital, col(RadiologyHospital.radiology_hospital_id) == _IMAGE.radiology_hospital_id)
        .join(Person, col(Person.person_id) == _OCCURRENCE.person_id)
        .join(frame, true())
        .where(*conditions, reason.is_(None))
        .where(frame.c.number == 1 if whole else true())
        .where(own["image_plane"].in_(planes) if planes and own else true())
    )


def excluded_rows(
    conditions: Sequence[ColumnElement[bool]], *, planes: Sequence[str] = (), whole: bool = False
) -> Select[Any]:
    """One row per image of those that is held back: image_id, sop_instance_uid, reason; arguments as `member_rows`."""
    reason = held_back(_mixed(planes) if whole else false())
    columns: list[Any] = [col(_IMAGE.image_id), col(_IMAGE.sop_instance_uid), reason.label("reason")]
    return (
        select(*columns)
        .select_from(_IMAGE)
        .join(_OCCURRENCE, col(_OCCURRENCE.radiology_occurrence_id) == _IMAGE.radiology_occurrence_id)
        .where(*conditions, reason.is_not(None))
    )


def refuse_names(caller: Caller, reason: str | None) -> None:
    """What no data set takes because of names in its pixels, no researcher looks at either (reliability E7)."""
    if reason in NAMES_IN_PIXELS and not caller.may(Role.STEWARD):
        raise Forbidden(
            f"A name may stand in this picture ({reason}); only stewards see it. Ask one, or leave it out.",
            needs=[Role.STEWARD], reason=reason, error="insufficient_scope",
        )  # fmt: skip


def held_back(mixed: ColumnElement[bool] = false()) -> ColumnElement[str | None]:
    """Why an image is in no data set, of RadiologyImage; the first reason that applies, NULL when none does."""
    kind = func.upper(func.coalesce(_IMAGE.image_type, ""))
    title = func.coalesce(_IMAGE.series_description, "")
    return case(
        (
            or_(col(_IMAGE.render_status) != "PICTURE", func.jsonb_array_length(_IMAGE.png_frames) == 0),
            func.coalesce(col(_IMAGE.no_picture_reason), "no_picture"),
        ),
        (col(_IMAGE.image_type_class) == "LOCALIZER", "localizer"),
        (func.upper(func.trim(_IMAGE.burned_in_annotation)) == "YES", "burned_in_annotation"),
        (func.upper(_IMAGE.modality).in_(("US", "IVUS")), "ultrasound"),
        (kind.op("~")(r"SCREEN[ _]?SAVE"), "screen_save"),
        (or_(kind.op("~")(r"DOSE|REPORT|PROTOCOL"), title.op("~*")(_REPORT_TITLE)),
         "dose_report"),
        (
            or_(
                col(_IMAGE.sop_class_uid) == _SECONDARY_CAPTURE,
                col(_IMAGE.sop_class_uid).like(f"{_SECONDARY_CAPTURE}.%"),
                # Empty says nothing: some makers write the element into every acquired image.
                func.trim(func.jsonb_extract_path_text(_IMAGE.tags, _CONVERSION_TYPE, "Value", "0")) != "",
            ),
            "secondary_capture",
        ),
        (mixed, "mixed_planes"),
        else_=None,
    )  # fmt: skip


def _mixed(planes: Sequence[str]) -> ColumnElement[bool]:
    """Has it frames of other planes than these, which leave with it when it leaves whole?"""
    if not planes:
        return false()
    of_frames: Any = col(_IMAGE.frame_planes)
    return and_(not_(is_of_one_plane()), not_(of_frames.contained_by(cast(list(planes), ARRAY(Text)))))


def _frames() -> Any:
    columns = (
        column("number", Integer), column("width", Integer), column("height", Integer),
        column("bytes", BigInteger), column("sha256", Text), column("crc32", BigInteger), column("plane", Text),
        column("slice_position", Double), column("pixel_spacing", ARRAY(Double)), column("slice_thickness", Double),
        column("rescale_slope", Double), column("rescale_intercept", Double), column("window_center", Text),
        column("window_width", Text),
    )  # fmt: skip
    return (
        func.jsonb_to_recordset(col(_IMAGE.png_frames))
        .table_valued(*columns, name="frame")
        .render_derived(with_types=True)
    )


def _own_columns(frame: Any) -> dict[str, ColumnElement[Any]]:
    """Of an image with several frames what each frame says; a plane that a person said is that of all."""
    said = {
        "pixel_spacing": frame.c.pixel_spacing, "image_slice_thickness": frame.c.slice_thickness,
        "image_window_level_center": frame.c.window_center, "image_window_level_width": frame.c.window_width,
        "rescale_slope": frame.c.rescale_slope, "rescale_intercept": frame.c.rescale_intercept,
    }  # fmt: skip
    plane = func.coalesce(frame.c.plane, _IMAGE.image_plane)
    return {
        **{name: func.coalesce(own, getattr(_IMAGE, name)) for name, own in said.items()},
        "image_plane": case((is_of_one_plane(), col(_IMAGE.image_plane)), else_=plane),
        # The image's own place is that of its first frame: it says nothing of others that were told apart.
        "slice_position": case((frame.c.plane.is_(None), col(_IMAGE.slice_position)), else_=frame.c.slice_position),
    }


def _slice_order(frame: Any, own: Mapping[str, ColumnElement[Any]]) -> list[Any]:
    # NULLs stand last in PostgreSQL; the UID decides between images that say nothing.
    plane, place = (own.get(name, getattr(_IMAGE, name)) for name in ("image_plane", "slice_position"))
    return [
        _IMAGE.image_phase, plane, place, _IMAGE.acquisition_number, _IMAGE.instance_number, _IMAGE.sop_instance_uid,
        frame.c.number,
    ]  # fmt: skip


def image_conditions(
    wanted: OccurrenceFilter, hospitals: Scope, searchable: Searchable = NOTHING
) -> list[ColumnElement[bool]]:
    """Conditions on RadiologyImage joined with its RadiologyOccurrence."""
    found = [*occurrence_conditions(wanted, hospitals, searchable), *kind_conditions(_IMAGE, wanted)]
    if wanted.modality:
        names = [value.upper() for value in wanted.modality]
        combined = select(col(RadiologyModality.radiology_modality_id)).where(
            func.upper(RadiologyModality.text).in_(names)
        )
        found.append(or_(func.upper(_IMAGE.modality).in_(names), col(_OCCURRENCE.radiology_modality_id).in_(combined)))
    return found


def listed_conditions(occurrences: Sequence[int], series: Sequence[str]) -> list[ColumnElement[bool]]:
    """Conditions on RadiologyImage; none for an empty list."""
    # One parameter each, however long the list.
    of_studies = any_(cast(list(occurrences), ARRAY(BigInteger))) == _STUDY
    of_series = any_(cast(list(series), ARRAY(Text))) == _SERIES
    return [*([of_studies] if occurrences else []), *([of_series] if series else [])]


async def refuse_missing(
    connection: AsyncConnection, occurrences: Sequence[int], series: Sequence[str], hospitals: Scope
) -> None:
    """Raises NotFound that names some of those that are not there, or not seen from these hospitals."""
    if not occurrences:
        return
    study = col(RadiologyOccurrence.radiology_occurrence_id)
    in_sight = [*in_scope(RadiologyOccurrence.radiology_hospital_id, hospitals)]
    known = await connection.scalars(
        select(study).where(study == any_(cast(list(occurrences), ARRAY(BigInteger))), *in_sight)
    )
    if missing := sorted(set(occurrences) - set(known)):
        raise NotFound("There are no such radiology occurrences.", missing=missing[:_NAMED])
    there = await connection.scalars(select(_SERIES).where(*listed_conditions(occurrences, series)).distinct())
    if missing_series := sorted(set(series) - set(there)):
        raise NotFound("There are no such series in these studies.", missing=missing_series[:_NAMED])

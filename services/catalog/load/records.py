"""From an `instance.extracted` message to the row of one image; pure, and it raises only our own errors."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import md5
from typing import Any

from google.protobuf.message import DecodeError
from pydantic_core import from_json

from chassis.errors import BadRequest
from imaging.dicom.uids import LONGEST_UID
from imaging.fields.acquisition_time import acquired_at
from imaging.fields.fields import image_fields
from imaging.geometry.plane import Plane, is_localizer
from imaging.geometry.spacing import slice_position
from imaging.header.dicom_json import Document, text, texts, time_value
from imaging.header.functional_groups import frame_document
from imaging.phase.groups import acquisition_settings
from imaging.phase.pixels import intensity_settings
from imaging.phase.rules import has_agent
from imaging.phase.types import PhaseSource
from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.images.frames import frame_record, planes_of_frames

_SEXES = frozenset({"M", "F", "O"})
_PHASE = re.compile(r"[A-Z][A-Z_]{2,30}(_\d{1,4})?")
_MOST_CELLS = (1 << 31) - 1  # int4
_SHORT, _KEY_CHARACTERS, _BIRTH_KEY_CHARACTERS = 250, 50, 20


@dataclass(frozen=True)
class Diagnosis:
    """A diagnosis as the uploader wrote it."""

    text: str
    code: str
    vocabulary: str

    @property
    def digest(self) -> str:
        """One for each different writing; no secret, only short enough for an index."""
        return md5("\x1f".join((self.text, self.code, self.vocabulary)).encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class ImageRecord:
    """One image and what it belongs to; `row` holds columns of rcdm.radiology_image, without the numbers of others."""

    hospital: str
    study_uid: str
    sop_uid: str
    person_key: str
    sealed_identity: bytes
    diagnosis: Diagnosis | None
    extracted_at: datetime
    received_at: datetime
    row: Mapping[str, Any]
    said_hospital: str | None = None  # what the upload said, where a person moved the study


def image_record(message: pb.InstanceExtracted, extraction: pb.Extraction) -> ImageRecord:
    """Raises BadRequest when the message cannot be meant: no identity, no person, tags that are no document."""
    instance, person = message.instance, extraction.person
    _check_identity(instance, person)
    document = _document(extraction.tags)
    return ImageRecord(
        hospital=instance.hospital,
        study_uid=instance.study_instance_uid,
        sop_uid=instance.sop_instance_uid,
        person_key=person.key[:_KEY_CHARACTERS],
        sealed_identity=person.sealed_identity,
        diagnosis=diagnosis(message.diagnosis.text, message.diagnosis.code, message.diagnosis.vocabulary),
        extracted_at=message.extracted_at.ToDatetime(UTC),
        received_at=message.received_at.ToDatetime(UTC),
        row={
            **_identity(instance),
            **_person(person),
            **_header(instance, document),
            **_plane(extraction.plane),
            **_phase(extraction.phase),
            **_picture(extraction.picture, extraction.plane),
            **_intensity(extraction, document),
            "warnings": [warning.replace("\0", "") for warning in extraction.warnings],
            "received_at": message.received_at.ToDatetime(UTC),
            "extracted_at": message.extracted_at.ToDatetime(UTC),
            "extraction_rules": extraction.rules[:_SHORT].replace("\0", "") or None,
            "tags": extraction.tags,
        },
    )


def read_extraction(body: bytes) -> pb.Extraction:
    """An extraction that lay in a blob. Raises BadRequest when it is none."""
    try:
        return pb.Extraction.FromString(body)
    except DecodeError:
        raise BadRequest("The blob of an extraction cannot be parsed.") from None


def _check_identity(instance: pb.Instance, person: pb.Person) -> None:
    uids = (instance.study_instance_uid, instance.series_instance_uid, instance.sop_instance_uid)
    if not all(0 < len(uid) <= LONGEST_UID for uid in uids):
        raise BadRequest("An extraction lacks a UID, or has one that is none.")
    if not (0 < len(instance.hospital) <= _SHORT and person.key) or "\0" in instance.hospital + person.key:
        raise BadRequest("An extraction lacks the hospital or the person it belongs to.")


def _document(tags: str) -> Document:
    try:
        document = from_json(tags, allow_inf_nan=False, cache_strings="keys")  # PostgreSQL knows no NaN
    except ValueError:
        document = None
    # PostgreSQL keeps no U+0000; the escape would pass here and fail the whole batch there.
    if not isinstance(document, dict) or "\\u0000" in tags or "\0" in tags:
        raise BadRequest("The tags of an extraction are no DICOM JSON document that can be kept.")
    return document


def diagnosis(text: str, code: str, vocabulary: str) -> Diagnosis | None:
    """As it is kept: trimmed, and as long as the tables are wide."""
    words, code = (value.replace("\0", "").strip() for value in (text, code))
    if not (words or code):
        return None
    return Diagnosis(words[:1000], code[:50], vocabulary.replace("\0", "").strip()[:20])


def _identity(instance: pb.Instance) -> dict[str, Any]:
    return {
        "sop_instance_uid": instance.sop_instance_uid,
        "sop_class_uid": instance.sop_class_uid,
        "transfer_syntax_uid": instance.transfer_syntax_uid,
        "series_instance_uid": instance.series_instance_uid,
        "image_filepath": instance.blob_key,
        "image_sha256": instance.sha256,
        "image_bytes": instance.size,
        "assigned_uids": json.dumps(dict(instance.assigned_uids), sort_keys=True),
    }


def _person(person: pb.Person) -> dict[str, Any]:
    sex = person.sex.strip().upper()[:1]
    return {
        "person_from_study": person.from_study,
        "person_placeholder": person.placeholder_id,
        "patient_key": person.patient_key[:_KEY_CHARACTERS] or None,
        "birth_key": person.birth_key[:_BIRTH_KEY_CHARACTERS] or None,
        "person_sex": sex if sex in _SEXES else "U",
        "person_birth_year": person.birth_year if person.HasField("birth_year") else None,
        "person_age_days": person.age_days if person.HasField("age_days") else None,
        "accession_number": person.accession_key[:_KEY_CHARACTERS] or None,
    }


def _header(instance: pb.Instance, document: Document) -> dict[str, Any]:
    fields, frame = image_fields(document), frame_document(document)
    image_type_class = "LOCALIZER" if is_localizer(document) else fields.image_type_class
    orientation, position = fields.image_orientation_patient, fields.image_position_patient
    frame_uid = (fields.frame_of_reference_uid or "")[:64] or None
    group = (frame_uid, instance.series_instance_uid, fields.acquisition_number, fields.temporal_position)
    return {
        "series_number": fields.series_number,
        "series_time": fields.series_time,
        "series_description": _short(fields.series_description),
        "acquisition_number": fields.acquisition_number,
        "acquisition_date": fields.acquisition_date,
        "acquisition_time": fields.acquisition_time,
        "instance_number": fields.instance_number,
        "temporal_position": fields.temporal_position,
        "acquired_at": acquired_at(document),
        "content_time": time_value(document, "ContentTime"),
        "body_part": _short(fields.body_part),
        "laterality": fields.laterality,
        "view_position": fields.view_position,
        "number_of_frames": fields.number_of_frames,
        "modality": _short(fields.modality),
        "sequence_kind": fields.sequence_kind,
        "image_type": "\\".join(fields.image_type) or None,
        "image_type_class": image_type_class,
        "own_image_type_class": image_type_class,
        "has_agent": has_agent(document),
        "acquisition_settings": sorted(acquisition_settings(document)),
        "image_orientation_patient": orientation,
        "image_position_patient": position,
        "frame_of_reference_uid": frame_uid,
        "phase_group": "|".join("" if part is None else str(part) for part in group),
        "pixel_spacing": fields.pixel_spacing,
        "slice_position": slice_position(orientation, position) if orientation and position else None,
        "image_resolution_rows": fields.rows,
        "image_resolution_columns": fields.columns,
        "image_window_level_center": "\\".join(texts(frame, "WindowCenter")) or None,
        "image_window_level_width": "\\".join(texts(frame, "WindowWidth")) or None,
        "rescale_slope": fields.rescale_slope,
        "rescale_intercept": fields.rescale_intercept,
        "burned_in_annotation": text(document, "BurnedInAnnotation"),
        "image_slice_thickness": fields.slice_thickness,
        "kvp": fields.kvp,
        "magnetic_field_strength": fields.magnetic_field_strength,
    }


def _plane(plane: pb.Plane) -> dict[str, Any]:
    return {
        "image_plane": plane.plane if plane.plane in set(Plane) else Plane.UNKNOWN.value,
        "plane_source": plane.source or "NONE",
        "plane_reason": plane.reason or None,
        "plane_nearest": plane.nearest or None,
        "plane_angle_degrees": plane.angle_degrees if plane.HasField("angle_degrees") else None,
    }


def _phase(phase: pb.Phase) -> dict[str, Any]:
    name = phase.phase if _PHASE.fullmatch(phase.phase) else "UNKNOWN"
    source = phase.source if phase.source in set(PhaseSource) else PhaseSource.NONE.value
    confidence = min(1.0, max(0.0, phase.confidence))
    own = {"phase": name, "phase_source": source, "phase_confidence": confidence, "phase_reason": phase.reason or None}
    # Until the study is looked at, what the image says by itself holds.
    return {f"own_{key}": value for key, value in own.items()} | {
        "image_phase": name,
        "image_phase_concept_id": 0,
        "phase_source": source,
        "phase_confidence": confidence,
        "phase_reason": phase.reason or None,
    }


def _picture(picture: pb.Picture, plane: pb.Plane) -> dict[str, Any]:
    frames = [frame_record(frame) for frame in picture.frames]
    drawn = bool(frames) and not picture.no_picture_reason
    return {
        "png_filepath": picture.png_prefix or None if drawn else None,
        "frame_planes": planes_of_frames(frames, _plane(plane)["image_plane"]),
        "png_frames": json.dumps(frames if drawn else []),
        "pixel_sha256": picture.pixel_sha256[:64] or None,
        "render_status": "PICTURE" if drawn else "NO_PICTURE",
        "no_picture_reason": None if drawn else picture.no_picture_reason or "no_pixels",
        "no_picture_detail": None if drawn else picture.no_picture_detail or None,
        "rendering": picture.rendering or None,
    }


def _intensity(extraction: pb.Extraction, document: Document) -> dict[str, Any]:
    if not extraction.HasField("body_intensity"):
        return dict.fromkeys(("body_intensity", "intensity_settings", "body_cells", "bright_cells"))
    found, settings = extraction.body_intensity, intensity_settings(document)
    return {
        "body_intensity": found.map if settings else None,
        "intensity_settings": settings,
        "body_cells": min(found.body_cells, _MOST_CELLS),
        "bright_cells": min(found.bright_cells, _MOST_CELLS),
    }


def _short(value: str | None) -> str | None:
    return value[:_SHORT] if value else None

"""The R-CDM tables the catalogue publishes: one occurrence is one study, one image is one SOP instance."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, DateTime, LargeBinary, Time, UniqueConstraint
from sqlmodel import SQLModel

from cdm import columns
from cdm.lookups import (
    RadiologyCondition,
    RadiologyDevice,
    RadiologyHospital,
    RadiologyModality,
    RadiologyPersonPosition,
    RadiologyProtocol,
    RadiologyUnits,
)
from cdm.omop import (
    CareSite,
    ConditionOccurrence,
    ObservationPeriod,
    Person,
    ProcedureOccurrence,
    VisitOccurrence,
)

__all__ = [
    "CareSite",
    "ConditionOccurrence",
    "ObservationPeriod",
    "Person",
    "ProcedureOccurrence",
    "RadiologyCondition",
    "RadiologyDevice",
    "RadiologyHospital",
    "RadiologyImage",
    "RadiologyImageKind",
    "RadiologyModality",
    "RadiologyOccurrence",
    "RadiologyPersonPosition",
    "RadiologyProtocol",
    "RadiologyQuality",
    "RadiologyUnits",
    "VisitOccurrence",
]

_SCHEMA = {"schema": "rcdm"}


class RadiologyOccurrence(SQLModel, table=True):
    """A study. Everything here follows from its images: `settle` computes it again whenever one is added."""

    __tablename__ = "radiology_occurrence"
    __table_args__ = (UniqueConstraint("study_instance_uid", "radiology_hospital_id"), _SCHEMA)

    radiology_occurrence_id: int = columns.key(BigInteger)
    study_instance_uid: str = columns.varchar(64, required=True)
    radiology_hospital_id: int = columns.reference("rcdm.radiology_hospital.radiology_hospital_id", required=True)
    # What uploads say, where a person corrected the one above.
    said_hospital_id: int | None = columns.reference("rcdm.radiology_hospital.radiology_hospital_id")
    # The study's own date, else the earliest other one (then radiology_quality says so).
    radiology_occurrence_date: date = columns.column(Date, required=True)
    radiology_occurrence_datetime: datetime | None = columns.column(DateTime)  # the device's clock, no zone
    content_time: time | None = columns.column(Time)
    person_id: int = columns.reference("cdm.person.person_id", required=True)
    person_age_days: int | None = columns.integer()
    person_sex: str = columns.varchar(1, required=True)  # M, F, O; U: not said
    person_birth_year: int | None = columns.integer()  # only when a birth date was given
    visit_occurrence_id: int | None = columns.reference("cdm.visit_occurrence.visit_occurrence_id")
    condition_occurrence_id: int | None = columns.reference("cdm.condition_occurrence.condition_occurrence_id")
    procedure_occurrence_id: int | None = columns.reference("cdm.procedure_occurrence.procedure_occurrence_id")
    radiology_condition_id: int | None = columns.reference("rcdm.radiology_condition.radiology_condition_id")
    radiology_device_id: int | None = columns.reference("rcdm.radiology_device.radiology_device_id")
    radiology_modality_id: int | None = columns.reference("rcdm.radiology_modality.radiology_modality_id")
    radiology_protocol_id: int | None = columns.reference("rcdm.radiology_protocol.radiology_protocol_id")
    person_position_id: int | None = columns.reference("rcdm.radiology_person_position.person_position_id")
    anatomic_site_concept_id: int = columns.integer(required=True)
    anatomic_site_source_value: str | None = columns.text()
    study_description: str | None = columns.text()
    accession_number: str | None = columns.varchar(50)  # a pseudonym
    radiology_comment: str | None = columns.text()
    dosage_value_as_number: float | None = columns.number()
    dosage_unit_id: int | None = columns.reference("rcdm.radiology_units.radiology_units_id")
    image_exposure_time: float | None = columns.number()
    image_exposure_time_unit_id: int | None = columns.reference("rcdm.radiology_units.radiology_units_id")
    image_total_count: int = columns.integer(required=True)
    series_total_count: int = columns.integer(required=True)
    radiology_dirpath: str | None = columns.text()
    mapping_version: str | None = columns.text()
    # What filters and facets need of the images, so that they need not be read: {"AXIAL": 120}.
    modalities: list[str] = columns.texts(required=True)
    plane_counts: dict[str, int] = columns.document(required=True)
    phase_counts: dict[str, int] = columns.document(required=True)
    sequence_counts: dict[str, int] = columns.document(required=True)
    picture_total_count: int = columns.integer(required=True)
    thumbnail_image_id: int | None = columns.bigint()
    search_text: str = columns.text(required=True)  # lower case, what `q` looks into
    original_values: dict[str, Any] = columns.document(required=True)  # of hospital, protocol, condition: if corrected


class RadiologyImage(SQLModel, table=True):
    """An SOP instance: its header, where it lies in space and time, its pictures."""

    __tablename__ = "radiology_image"
    __table_args__ = (UniqueConstraint("sop_instance_uid", "radiology_hospital_id"), _SCHEMA)

    image_id: int = columns.key(BigInteger)
    radiology_occurrence_id: int = columns.reference(
        "rcdm.radiology_occurrence.radiology_occurrence_id", required=True, kind=BigInteger
    )
    radiology_hospital_id: int = columns.reference("rcdm.radiology_hospital.radiology_hospital_id", required=True)
    said_hospital_id: int | None = columns.reference("rcdm.radiology_hospital.radiology_hospital_id")  # if it differs
    person_id: int = columns.reference("cdm.person.person_id", required=True)
    radiology_condition_id: int | None = columns.reference("rcdm.radiology_condition.radiology_condition_id")
    # The pseudonym it came with, where it differs from the person's source value: the site's map said who that is, or
    # the same PatientID, birth date and sex came under another issuer.
    person_key: str | None = columns.varchar(50)
    patient_key: str | None = columns.varchar(50)  # the PatientID within the hospital, whoever issued it
    birth_key: str | None = columns.varchar(20)  # equal when the same patient_key comes with the same birth date
    # What this object says of the person; the occurrence and cdm.person follow from all of them.
    person_from_study: bool = columns.column(Boolean, required=True)  # it names no patient: the study stands for one
    person_placeholder: bool = columns.column(Boolean, required=True)  # its PatientID stands for nobody: UNKNOWN, 0000
    person_sex: str = columns.varchar(1, required=True)
    person_birth_year: int | None = columns.integer()
    person_age_days: int | None = columns.integer()
    accession_number: str | None = columns.varchar(50)  # a pseudonym
    sop_instance_uid: str = columns.varchar(64, required=True)
    sop_class_uid: str = columns.varchar(64, required=True)
    transfer_syntax_uid: str = columns.varchar(64, required=True)
    series_instance_uid: str = columns.varchar(64, required=True)
    series_number: int | None = columns.integer()
    series_time: time | None = columns.column(Time)
    series_description: str | None = columns.text()
    acquisition_number: int | None = columns.integer()
    acquisition_date: date | None = columns.column(Date)
    acquisition_time: time | None = columns.column(Time)
    content_time: time | None = columns.column(Time)
    instance_number: int | None = columns.integer()
    temporal_position: int | None = columns.integer()
    acquired_at: datetime | None = columns.column(DateTime)  # of the device's clock, no zone
    number_of_frames: int = columns.integer(required=True)
    modality: str | None = columns.text()
    body_part: str | None = columns.text()
    laterality: str | None = columns.varchar(1)  # L, R, B or U
    view_position: str | None = columns.text()  # of projection X-ray: PA, MLO, CC …
    sequence_kind: str | None = columns.text()  # T1, T2, FLAIR, DWI, …
    image_type: str | None = columns.text()  # as written, values between backslashes
    image_type_class: str = columns.text(required=True)
    own_image_type_class: str | None = columns.text()  # what it says by itself; a series in three planes is a LOCALIZER
    has_agent: bool | None = columns.column(Boolean)  # contrast medium in the vessels; None: the header leaves it open
    acquisition_settings: list[str] = columns.texts(required=True)
    image_orientation_patient: list[float] | None = columns.numbers()
    image_position_patient: list[float] | None = columns.numbers()
    frame_of_reference_uid: str | None = columns.varchar(64)
    # Frame of reference, series, acquisition number and temporal position in one: inside it images are numbered.
    phase_group: str = columns.text(required=True)
    pixel_spacing: list[float] | None = columns.numbers()  # mm: between rows, between columns
    slice_position: float | None = columns.number()  # mm along the slice normal
    image_plane: str = columns.text(required=True)
    plane_source: str = columns.text(required=True)
    plane_reason: str | None = columns.text()
    plane_nearest: str | None = columns.text()
    plane_angle_degrees: float | None = columns.number()
    frame_planes: list[str] | None = columns.texts()  # where frames are of other planes than the image: of which
    # Where a person corrected the plane or the phase, what would hold without it; empty otherwise.
    original_plane: str | None = columns.text()
    original_plane_source: str | None = columns.text()
    original_plane_reason: str | None = columns.text()
    corrected_phase: str | None = columns.text()
    original_phase: str | None = columns.text()
    original_phase_source: str | None = columns.text()
    # What the image says by itself, and what holds after its whole study was looked at.
    own_phase: str = columns.text(required=True)
    own_phase_source: str = columns.text(required=True)
    own_phase_confidence: float = columns.number(required=True)
    own_phase_reason: str | None = columns.text()
    image_phase: str = columns.text(required=True)
    image_phase_concept_id: int = columns.integer(required=True)
    phase_source: str = columns.text(required=True)
    phase_confidence: float = columns.number(required=True)
    phase_reason: str | None = columns.text()
    image_no: int | None = columns.integer()  # 1..phase_total_no inside the phase group, along the slice normal
    phase_total_no: int | None = columns.integer()
    image_resolution_rows: int | None = columns.integer()
    image_resolution_columns: int | None = columns.integer()
    image_window_level_center: str | None = columns.text()  # as written, values between backslashes
    image_window_level_width: str | None = columns.text()
    rescale_slope: float | None = columns.number()
    rescale_intercept: float | None = columns.number()
    burned_in_annotation: str | None = columns.text()
    image_slice_thickness: float | None = columns.number()  # mm
    kvp: float | None = columns.number()  # peak kilovoltage
    magnetic_field_strength: float | None = columns.number()  # tesla
    image_filepath: str = columns.text(required=True)  # blob key of the bytes received
    image_sha256: str = columns.varchar(64, required=True)
    image_bytes: int = columns.bigint(required=True)
    # By keyword, what the file holds in the place of a UID that was assigned by choice of who sent it.
    assigned_uids: dict[str, str] = columns.document(required=True)
    png_filepath: str | None = columns.text()  # blob prefix; frame N lies at <prefix>-<N as six digits>.png
    # number, width, height, bytes, sha256, crc32; of several frames also what differs (FrameItem of the catalogue).
    png_frames: list[dict[str, Any]] = columns.document(required=True)
    pixel_sha256: str | None = columns.varchar(64)
    # Of CT and MR: what imaging.phase.pixels compares, where intensity_settings are equal.
    body_intensity: bytes | None = columns.column(LargeBinary)
    intensity_settings: str | None = columns.text()
    body_cells: int | None = columns.integer()
    bright_cells: int | None = columns.integer()
    render_status: str = columns.text(required=True)  # PICTURE or NO_PICTURE
    no_picture_reason: str | None = columns.text()
    no_picture_detail: str | None = columns.text()
    rendering: dict[str, Any] | None = columns.document()
    warnings: list[str] = columns.texts(required=True)
    received_at: datetime = columns.column(DateTime(timezone=True), required=True)
    extracted_at: datetime = columns.column(DateTime(timezone=True), required=True)
    extraction_rules: str | None = columns.text()  # imaging/extraction_rules.py: those it was read by
    # The whole header as DICOM JSON, without bulk data and without direct identifiers.
    tags: dict[str, Any] = columns.document(required=True)


class RadiologyImageKind(SQLModel, table=True):
    """The images of a study that are alike in what filters ask of one image: a row instead of hundreds.

    `settle` makes the rows anew; the columns are those of RadiologyImage.
    """

    __tablename__ = "radiology_image_kind"
    __table_args__ = _SCHEMA

    radiology_image_kind_id: int = columns.key(BigInteger)
    radiology_occurrence_id: int = columns.part_of("rcdm.radiology_occurrence.radiology_occurrence_id")
    image_plane: str = columns.text(required=True)
    image_phase: str = columns.text(required=True)
    sequence_kind: str | None = columns.text()
    pixel_spacing: list[float] | None = columns.numbers()
    image_slice_thickness: float | None = columns.number()
    kvp: float | None = columns.number()
    magnetic_field_strength: float | None = columns.number()


class RadiologyQuality(SQLModel, table=True):
    """An assumption that was made because the header did not say, about a person or a study."""

    __tablename__ = "radiology_quality"
    __table_args__ = (
        UniqueConstraint("person_id", "radiology_occurrence_id", "assumption", postgresql_nulls_not_distinct=True),
        _SCHEMA,
    )
    radiology_quality_id: int = columns.key(BigInteger)
    person_id: int | None = columns.reference("cdm.person.person_id")
    radiology_occurrence_id: int | None = columns.reference(
        "rcdm.radiology_occurrence.radiology_occurrence_id", kind=BigInteger
    )
    assumption: str = columns.text(required=True)

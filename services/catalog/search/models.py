"""What clients read of the catalogue: R-CDM columns by their names, the lookups' texts beside the ids."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from pydantic import BaseModel, Field

from services.catalog.images.frames import FrameItem


class OccurrenceItem(BaseModel):
    """A study."""

    radiology_occurrence_id: int
    study_instance_uid: str
    radiology_hospital_id: int
    hospital: str
    radiology_occurrence_date: date
    radiology_occurrence_datetime: datetime | None = Field(description="The device's own clock, without zone.")
    content_time: time | None
    person_id: int
    person: str = Field(description="The patient's pseudonym.")
    person_age_days: int | None
    person_sex: str
    visit_occurrence_id: int | None
    condition_occurrence_id: int | None
    procedure_occurrence_id: int | None
    radiology_condition_id: int | None
    condition: str | None = Field(description="The diagnosis as it was written.")
    condition_code: str | None
    condition_vocabulary: str | None
    condition_concept_id: int | None
    radiology_device_id: int | None
    device: str | None = Field(description="Manufacturer, model and station name.")
    radiology_modality_id: int | None
    modality: str | None
    modalities: Sequence[str]
    radiology_protocol_id: int | None
    protocol: str | None
    person_position_id: int | None
    person_position: str | None
    anatomic_site_concept_id: int
    anatomic_site_source_value: str | None
    study_description: str | None
    accession_number: str | None = Field(description="A pseudonym.")
    radiology_comment: str | None
    dosage_value_as_number: float | None
    dosage_unit_id: int | None
    dosage_unit: str | None
    image_exposure_time: float | None
    image_exposure_time_unit_id: int | None
    image_exposure_time_unit: str | None
    image_total_count: int
    picture_total_count: int
    series_total_count: int
    radiology_dirpath: str | None
    mapping_version: str | None
    planes: Mapping[str, int] = Field(
        description="Images of each plane; one whose frames are of several planes counts in each."
    )
    phases: Mapping[str, int] = Field(description="Images of each phase.")
    sequences: Mapping[str, int] = Field(description="Images of each kind of MR sequence.")
    original_values: Mapping[str, Any] = Field(
        description="What uploads and headers say of hospital, protocol and condition where a person corrected them."
    )
    thumbnail: str | None = Field(description="Address of the middle picture; null when there is none.")


class FacetValue(BaseModel):
    value: str = Field(description="What a filter of the facet's name finds these by.")
    name: str | None = Field(None, description="Of a concept, when the vocabulary in use has it.")
    count: int = Field(description="Occurrences that have it.")


class DistributionCell(BaseModel):
    first: str
    second: str | None
    count: int = Field(description="Occurrences.")


class Distribution(BaseModel):
    """How studies spread; those of which a value is not known are in no cell of it."""

    year: Sequence[DistributionCell] = Field(description="first: the year of the study.")
    age_sex: Sequence[DistributionCell] = Field(description="first: the decade of life as 000, 010 …; second: the sex.")
    plane_phase: Sequence[DistributionCell] = Field(description="first: a plane; second: a phase; of the same study.")


class SeriesItem(BaseModel):
    """A series as its images make it."""

    series_instance_uid: str
    series_number: int | None
    series_description: str | None
    modality: str | None
    body_part: str | None
    sequence_kind: str | None
    image_type_class: str
    image_count: int
    picture_count: int
    image_plane: str = Field(description="That of more than half of the images, else UNKNOWN.")
    plane_reasons: Mapping[str, str | None] = Field(description="Of each plane of its images, why one of them has it.")
    phases: Sequence[str]
    phase_reasons: Mapping[str, str | None] = Field(description="Of each phase of its images, why one of them has it.")
    spacing_mm: float | None = Field(description="Median step between slices.")
    is_even: bool | None = Field(description="Every step is the median one; null below two slices.")
    thumbnail: str | None = Field(description="Address of the middle picture; null when there is none.")


class ImageItem(BaseModel):
    """An SOP instance."""

    image_id: int
    radiology_occurrence_id: int
    person_id: int
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    series_instance_uid: str
    phase_group: str = Field(description="Its stack: images of one series at one time point have the same.")
    series_number: int | None
    series_time: time | None
    series_description: str | None
    acquisition_number: int | None
    acquisition_date: date | None
    acquisition_time: time | None
    instance_number: int | None
    number_of_frames: int = Field(description="Of a mosaic its slices.")
    modality: str | None
    sequence_kind: str | None
    body_part: str | None
    laterality: str | None = Field(description="L, R, B (both) or U (unpaired).")
    view_position: str | None = Field(description="From where projection X-ray looks: PA, MLO …")
    image_type: str | None
    image_type_class: str
    image_orientation_patient: Sequence[float] | None
    image_position_patient: Sequence[float] | None
    frame_of_reference_uid: str | None
    pixel_spacing: Sequence[float] | None = Field(description="mm between rows, mm between columns.")
    slice_position: float | None = Field(description="mm along the slice normal.")
    image_plane: str = Field(description="Of several frames that of more than half of them, else UNKNOWN.")
    frame_planes: Sequence[str] | None = Field(description="Where frames are of other planes than the image: of which.")
    plane_source: str
    plane_reason: str | None
    plane_nearest: str | None
    plane_angle_degrees: float | None
    original_plane: str | None = Field(description="What the rules say where a person corrected the plane.")
    original_plane_source: str | None
    image_phase: str
    image_phase_concept_id: int
    phase_source: str
    phase_confidence: float
    phase_reason: str | None
    original_phase: str | None = Field(description="What the rules say where a person corrected the phase.")
    original_phase_source: str | None
    image_no: int | None = Field(description="1..phase_total_no along the slice normal.")
    phase_total_no: int | None
    image_resolution_rows: int | None
    image_resolution_columns: int | None
    image_window_level_center: str | None
    image_window_level_width: str | None
    image_slice_thickness: float | None = Field(description="mm")
    kvp: float | None = Field(description="Peak kilovoltage.")
    magnetic_field_strength: float | None = Field(description="Tesla.")
    image_filepath: str
    image_sha256: str
    image_bytes: int
    assigned_uids: Mapping[str, str] = Field(
        description="By keyword, what the file holds in the place of a UID that was assigned; empty text: nothing."
    )
    png_filepath: str | None
    pixel_sha256: str | None
    render_status: str
    no_picture_reason: str | None
    no_picture_detail: str | None
    rendering: Mapping[str, Any] | Sequence[Any] | None
    warnings: Sequence[str]
    extracted_at: datetime = Field(description="When it was read, the last time.")
    extraction_rules: str | None = Field(description="The versions of the rules it was read by; null: the first.")
    png: str | None = Field(description="Address of the first frame's picture; null when there is none.")
    tags: str = Field(description="Address of the header as DICOM JSON.")
    dicom: str = Field(description="Address of the received bytes.")


class ImageDetail(ImageItem):
    """An SOP instance and its frames."""

    frames: Sequence[FrameItem] = Field(description="Those that have a picture.")


class Statistics(BaseModel):
    """How much there is."""

    occurrences: int
    images: int
    pictures: int = Field(description="Images that have a picture.")
    persons: int
    hospitals: int
    modality: Sequence[FacetValue]
    plane: Sequence[FacetValue] = Field(description="Here `count` is images; one of several planes counts in each.")
    phase: Sequence[FacetValue] = Field(description="Here `count` is images.")

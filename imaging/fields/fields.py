"""From a header's document to the typed values of the R-CDM tables: rubbish is None, never an error.

Enhanced multi-frame objects are read at their first frame; units are in the names.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from imaging.fields.patient_position import person_position, view_position
from imaging.header.dicom_json import (
    Document,
    date_value,
    datetime_value,
    integer,
    items,
    number,
    numbers,
    text,
    texts,
    time_value,
)
from imaging.header.functional_groups import frame_document, frame_documents
from imaging.header.mosaic import UnknownMosaic, mosaic_of
from imaging.sequence.diffusion import b_value
from imaging.sequence.kind import sequence_kind

_OLDEST_DAYS = 130 * 366

ImageTypeClass = Literal["PRIMARY", "SECONDARY", "LOCALIZER", "UNKNOWN"]

_DAYS = {"D": 1.0, "W": 7.0, "M": 30.4375, "Y": 365.25}
_GAUSS_IN_TESLA = 10_000
_STRONGEST_TESLA = 100
_LARGEST_INTEGER = 2**31 - 1


@dataclass(frozen=True)
class OccurrenceFields:
    """What one image says about its study."""

    study_instance_uid: str | None
    study_date: date | None
    study_datetime: datetime | None
    content_time: time | None
    study_description: str | None
    protocol: str | None
    protocol_source_tag: str | None
    modality: str | None
    body_part: str | None
    patient_sex: str | None
    age_days: int | None
    person_position: str | None
    station_name: str | None
    manufacturer: str | None
    model: str | None
    serial: str | None
    institution: str | None
    dosage_value: float | None
    dosage_unit: str | None
    exposure_time_ms: float | None
    contrast_agent: str | None


@dataclass(frozen=True)
class ImageFields:
    """What one image says about itself; vectors have their full length or are None."""

    sop_instance_uid: str | None
    sop_class_uid: str | None
    series_instance_uid: str | None
    series_number: int | None
    series_date: date | None
    series_time: time | None
    series_description: str | None
    modality: str | None
    instance_number: int | None
    acquisition_number: int | None
    acquisition_date: date | None
    acquisition_time: time | None
    image_type: tuple[str, ...]
    image_type_class: ImageTypeClass
    rows: int | None
    columns: int | None
    number_of_frames: int
    image_orientation_patient: tuple[float, ...] | None
    image_position_patient: tuple[float, ...] | None
    frame_of_reference_uid: str | None
    pixel_spacing: tuple[float, ...] | None
    slice_thickness: float | None
    kvp: float | None
    magnetic_field_strength: float | None
    window_center: tuple[float, ...]
    window_width: tuple[float, ...]
    rescale_slope: float | None
    rescale_intercept: float | None
    photometric_interpretation: str | None
    burned_in_annotation: str | None
    sequence_kind: str | None
    body_part: str | None
    laterality: str | None
    view_position: str | None
    temporal_position: int | None
    trigger_time: float | None
    diffusion_b_value: float | None


def occurrence_fields(document: Document) -> OccurrenceFields:
    """The study date falls back to that of series, acquisition and content; its time never does."""
    frame = frame_document(document)
    protocol = text(document, "ProtocolName")
    description = text(document, "StudyDescription")
    dosage_value, dosage_unit = _dosage(frame)
    return OccurrenceFields(
        study_instance_uid=text(document, "StudyInstanceUID"),
        study_date=first_date(document),
        study_datetime=_combined(date_value(document, "StudyDate"), time_value(document, "StudyTime")),
        content_time=time_value(document, "ContentTime"),
        study_description=description,
        protocol=protocol or description,
        protocol_source_tag="ProtocolName" if protocol else "StudyDescription" if description else None,
        modality=text(document, "Modality"),
        body_part=_body_part(frame),
        patient_sex=text(document, "PatientSex"),
        age_days=age_in_days(text(document, "PatientAge")),
        person_position=person_position(document),
        station_name=text(document, "StationName"),
        manufacturer=text(document, "Manufacturer"),
        model=text(document, "ManufacturerModelName"),
        serial=text(document, "DeviceSerialNumber"),
        institution=text(document, "InstitutionName"),
        dosage_value=dosage_value,
        dosage_unit=dosage_unit,
        exposure_time_ms=_exposure_time_ms(frame),
        contrast_agent=text(document, "ContrastBolusAgent") or _meaning(document, "ContrastBolusAgentSequence"),
    )


def image_fields(document: Document) -> ImageFields:
    frame = frame_document(document)
    image_type = tuple(texts(document, "ImageType"))
    acquired = _acquired(frame)
    return ImageFields(
        sop_instance_uid=text(document, "SOPInstanceUID"),
        sop_class_uid=text(document, "SOPClassUID"),
        series_instance_uid=text(document, "SeriesInstanceUID"),
        series_number=_whole(document, "SeriesNumber"),
        series_date=date_value(document, "SeriesDate"),
        series_time=time_value(document, "SeriesTime"),
        series_description=text(document, "SeriesDescription"),
        modality=text(document, "Modality"),
        instance_number=_whole(document, "InstanceNumber"),
        acquisition_number=_first_whole(frame, "AcquisitionNumber", "FrameAcquisitionNumber"),
        acquisition_date=date_value(frame, "AcquisitionDate") or (acquired.date() if acquired else None),
        acquisition_time=time_value(frame, "AcquisitionTime") or (acquired.time() if acquired else None),
        image_type=image_type,
        image_type_class=image_type_class(image_type),
        rows=_positive(frame, "Rows"),
        columns=_positive(frame, "Columns"),
        number_of_frames=_frame_count(document),
        image_orientation_patient=_vector(frame, "ImageOrientationPatient", 6),
        image_position_patient=_vector(frame, "ImagePositionPatient", 3),
        frame_of_reference_uid=text(document, "FrameOfReferenceUID"),
        pixel_spacing=_vector(frame, "PixelSpacing", 2),
        slice_thickness=number(frame, "SliceThickness"),
        kvp=_kvp(frame),
        magnetic_field_strength=_field_strength(frame),
        window_center=tuple(numbers(frame, "WindowCenter")),
        window_width=tuple(numbers(frame, "WindowWidth")),
        rescale_slope=number(frame, "RescaleSlope"),
        rescale_intercept=number(frame, "RescaleIntercept"),
        photometric_interpretation=text(document, "PhotometricInterpretation"),
        burned_in_annotation=(text(document, "BurnedInAnnotation") or "").upper() or None,
        sequence_kind=sequence_kind(document),
        body_part=_body_part(frame),
        laterality=_laterality(frame),
        view_position=view_position(document),
        temporal_position=_time_point(document),
        trigger_time=_first_number(frame, "TriggerTime", "NominalCardiacTriggerDelayTime"),
        diffusion_b_value=b_value(frame),
    )


def _frame_count(document: Document) -> int:
    """Slices of a mosaic are frames."""
    try:
        mosaic = mosaic_of(document)
    except UnknownMosaic:
        mosaic = None
    return mosaic.tiles if mosaic else _positive(document, "NumberOfFrames") or 1


def _time_point(document: Document) -> int | None:
    """An object that holds several time points is none of them."""
    named = ("TemporalPositionIdentifier", "TemporalPositionIndex")
    found = {_first_whole(frame, *named) for frame in frame_documents(document)}
    return found.pop() if len(found) == 1 else None


def age_in_days(age: str | None) -> int | None:
    """An AS such as `045Y`, `018M`, `002W`, `010D` (PS3.5 6.2), in whole days; None over 130 years."""
    written = (age or "").strip().upper()
    count, unit = written[:-1], written[-1:]
    if unit not in _DAYS or not (count.isascii() and count.isdigit() and len(count) <= 3):
        return None
    days = round(int(count) * _DAYS[unit])
    return days if days <= _OLDEST_DAYS else None


def first_date(document: Document) -> date | None:
    """Of the study, else of what stands in for it: series, acquisition, content."""
    keywords = ("StudyDate", "SeriesDate", "AcquisitionDate", "AcquisitionDateTime", "ContentDate")
    return next((found for keyword in keywords if (found := date_value(document, keyword))), None)


def image_type_class(image_type: tuple[str, ...]) -> ImageTypeClass:
    """PS3.3 C.7.6.1.1.2: value 2 is PRIMARY or SECONDARY; a localizer says so from value 3 on."""
    values = tuple(value.upper() for value in image_type)
    if "LOCALIZER" in values[2:]:
        return "LOCALIZER"
    examined = values[1] if len(values) > 1 else ""
    return "PRIMARY" if examined == "PRIMARY" else "SECONDARY" if examined == "SECONDARY" else "UNKNOWN"


def _body_part(frame: Document) -> str | None:
    return text(frame, "BodyPartExamined") or _meaning(frame, "AnatomicRegionSequence")


def _laterality(frame: Document) -> str | None:
    """L, R, B (both) or U (unpaired); the image's own before the series' (PS3.3 C.7.6.1.1.1, C.7.3.1)."""
    written = (
        text(frame, key) for key in ("ImageLaterality", "FrameLaterality", "Laterality", "MeasurementLaterality")
    )
    return next((side for one in written if (side := (one or "").upper()) in ("L", "R", "B", "U")), None)


def _combined(day: date | None, clock: time | None) -> datetime | None:
    # datetime is a date too, but midnight is a time: ask for None.
    return datetime.combine(day, clock) if day is not None and clock is not None else None


def _acquired(frame: Document) -> datetime | None:
    return datetime_value(frame, "FrameAcquisitionDateTime") or datetime_value(frame, "AcquisitionDateTime")


def _dosage(frame: Document) -> tuple[float | None, str | None]:
    """Tesla for MR, else peak kilovolts."""
    value, unit = (_field_strength(frame), "T") if text(frame, "Modality") == "MR" else (_kvp(frame), "kVp")
    return value, None if value is None else unit


def _kvp(frame: Document) -> float | None:
    voltage = number(frame, "KVP")
    return voltage if voltage is not None and voltage > 0 else None


def _field_strength(frame: Document) -> float | None:
    """Tesla; a field above 100 was written in gauss."""
    field = number(frame, "MagneticFieldStrength")
    if field is None or field <= 0:
        return None
    return field / _GAUSS_IN_TESLA if field > _STRONGEST_TESLA else field


def _exposure_time_ms(frame: Document) -> float | None:
    found = _first_number(frame, "ExposureTime", "ExposureTimeInms")
    microseconds = number(frame, "ExposureTimeInuS")
    return found if found is not None or microseconds is None else microseconds / 1000


def _meaning(document: Document, sequence: str) -> str | None:
    return next((text(item, "CodeMeaning") for item in items(document, sequence)), None)


def _vector(document: Document, keyword: str, length: int) -> tuple[float, ...] | None:
    found = numbers(document, keyword)
    return tuple(found) if len(found) == length else None


def _whole(document: Document, keyword: str) -> int | None:
    """What fits a column of type integer; an IS may hold more digits than it."""
    found = integer(document, keyword)
    return found if found is not None and abs(found) <= _LARGEST_INTEGER else None


def _positive(document: Document, keyword: str) -> int | None:
    found = _whole(document, keyword)
    return found if found is not None and found > 0 else None


def _first_whole(document: Document, *keywords: str) -> int | None:
    return next((found for keyword in keywords if (found := _whole(document, keyword)) is not None), None)


def _first_number(document: Document, *keywords: str) -> float | None:
    return next((found for keyword in keywords if (found := number(document, keyword)) is not None), None)

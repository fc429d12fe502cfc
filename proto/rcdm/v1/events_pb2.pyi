import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Instance(_message.Message):
    __slots__ = ("hospital", "study_instance_uid", "series_instance_uid", "sop_instance_uid", "sop_class_uid", "transfer_syntax_uid", "sha256", "size", "blob_key", "assigned_uids")
    class AssignedUidsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    HOSPITAL_FIELD_NUMBER: _ClassVar[int]
    STUDY_INSTANCE_UID_FIELD_NUMBER: _ClassVar[int]
    SERIES_INSTANCE_UID_FIELD_NUMBER: _ClassVar[int]
    SOP_INSTANCE_UID_FIELD_NUMBER: _ClassVar[int]
    SOP_CLASS_UID_FIELD_NUMBER: _ClassVar[int]
    TRANSFER_SYNTAX_UID_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    BLOB_KEY_FIELD_NUMBER: _ClassVar[int]
    ASSIGNED_UIDS_FIELD_NUMBER: _ClassVar[int]
    hospital: str
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    sha256: str
    size: int
    blob_key: str
    assigned_uids: _containers.ScalarMap[str, str]
    def __init__(self, hospital: _Optional[str] = ..., study_instance_uid: _Optional[str] = ..., series_instance_uid: _Optional[str] = ..., sop_instance_uid: _Optional[str] = ..., sop_class_uid: _Optional[str] = ..., transfer_syntax_uid: _Optional[str] = ..., sha256: _Optional[str] = ..., size: _Optional[int] = ..., blob_key: _Optional[str] = ..., assigned_uids: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Diagnosis(_message.Message):
    __slots__ = ("text", "code", "vocabulary")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    VOCABULARY_FIELD_NUMBER: _ClassVar[int]
    text: str
    code: str
    vocabulary: str
    def __init__(self, text: _Optional[str] = ..., code: _Optional[str] = ..., vocabulary: _Optional[str] = ...) -> None: ...

class InstanceReceived(_message.Message):
    __slots__ = ("instance", "received_at", "upload_id", "diagnosis", "again")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSIS_FIELD_NUMBER: _ClassVar[int]
    AGAIN_FIELD_NUMBER: _ClassVar[int]
    instance: Instance
    received_at: _timestamp_pb2.Timestamp
    upload_id: str
    diagnosis: Diagnosis
    again: bool
    def __init__(self, instance: _Optional[_Union[Instance, _Mapping]] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., upload_id: _Optional[str] = ..., diagnosis: _Optional[_Union[Diagnosis, _Mapping]] = ..., again: _Optional[bool] = ...) -> None: ...

class InstanceRefused(_message.Message):
    __slots__ = ("upload_id", "hospital", "sop_instance_uid", "sha256", "reason", "refused_at")
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    HOSPITAL_FIELD_NUMBER: _ClassVar[int]
    SOP_INSTANCE_UID_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REFUSED_AT_FIELD_NUMBER: _ClassVar[int]
    upload_id: str
    hospital: str
    sop_instance_uid: str
    sha256: str
    reason: str
    refused_at: _timestamp_pb2.Timestamp
    def __init__(self, upload_id: _Optional[str] = ..., hospital: _Optional[str] = ..., sop_instance_uid: _Optional[str] = ..., sha256: _Optional[str] = ..., reason: _Optional[str] = ..., refused_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Frame(_message.Message):
    __slots__ = ("number", "width", "height", "size", "sha256", "crc32", "plane", "orientation", "position", "pixel_spacing", "slice_thickness", "temporal_position", "acquired_at", "b_value", "echo_time_ms", "rescale_slope", "rescale_intercept", "window_center", "window_width")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    CRC32_FIELD_NUMBER: _ClassVar[int]
    PLANE_FIELD_NUMBER: _ClassVar[int]
    ORIENTATION_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    PIXEL_SPACING_FIELD_NUMBER: _ClassVar[int]
    SLICE_THICKNESS_FIELD_NUMBER: _ClassVar[int]
    TEMPORAL_POSITION_FIELD_NUMBER: _ClassVar[int]
    ACQUIRED_AT_FIELD_NUMBER: _ClassVar[int]
    B_VALUE_FIELD_NUMBER: _ClassVar[int]
    ECHO_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    RESCALE_SLOPE_FIELD_NUMBER: _ClassVar[int]
    RESCALE_INTERCEPT_FIELD_NUMBER: _ClassVar[int]
    WINDOW_CENTER_FIELD_NUMBER: _ClassVar[int]
    WINDOW_WIDTH_FIELD_NUMBER: _ClassVar[int]
    number: int
    width: int
    height: int
    size: int
    sha256: bytes
    crc32: int
    plane: str
    orientation: _containers.RepeatedScalarFieldContainer[float]
    position: _containers.RepeatedScalarFieldContainer[float]
    pixel_spacing: _containers.RepeatedScalarFieldContainer[float]
    slice_thickness: float
    temporal_position: int
    acquired_at: str
    b_value: float
    echo_time_ms: float
    rescale_slope: float
    rescale_intercept: float
    window_center: float
    window_width: float
    def __init__(self, number: _Optional[int] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., size: _Optional[int] = ..., sha256: _Optional[bytes] = ..., crc32: _Optional[int] = ..., plane: _Optional[str] = ..., orientation: _Optional[_Iterable[float]] = ..., position: _Optional[_Iterable[float]] = ..., pixel_spacing: _Optional[_Iterable[float]] = ..., slice_thickness: _Optional[float] = ..., temporal_position: _Optional[int] = ..., acquired_at: _Optional[str] = ..., b_value: _Optional[float] = ..., echo_time_ms: _Optional[float] = ..., rescale_slope: _Optional[float] = ..., rescale_intercept: _Optional[float] = ..., window_center: _Optional[float] = ..., window_width: _Optional[float] = ...) -> None: ...

class Picture(_message.Message):
    __slots__ = ("no_picture_reason", "no_picture_detail", "png_prefix", "frames", "rendering", "pixel_sha256")
    NO_PICTURE_REASON_FIELD_NUMBER: _ClassVar[int]
    NO_PICTURE_DETAIL_FIELD_NUMBER: _ClassVar[int]
    PNG_PREFIX_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    RENDERING_FIELD_NUMBER: _ClassVar[int]
    PIXEL_SHA256_FIELD_NUMBER: _ClassVar[int]
    no_picture_reason: str
    no_picture_detail: str
    png_prefix: str
    frames: _containers.RepeatedCompositeFieldContainer[Frame]
    rendering: str
    pixel_sha256: str
    def __init__(self, no_picture_reason: _Optional[str] = ..., no_picture_detail: _Optional[str] = ..., png_prefix: _Optional[str] = ..., frames: _Optional[_Iterable[_Union[Frame, _Mapping]]] = ..., rendering: _Optional[str] = ..., pixel_sha256: _Optional[str] = ...) -> None: ...

class Plane(_message.Message):
    __slots__ = ("plane", "source", "reason", "nearest", "angle_degrees")
    PLANE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NEAREST_FIELD_NUMBER: _ClassVar[int]
    ANGLE_DEGREES_FIELD_NUMBER: _ClassVar[int]
    plane: str
    source: str
    reason: str
    nearest: str
    angle_degrees: float
    def __init__(self, plane: _Optional[str] = ..., source: _Optional[str] = ..., reason: _Optional[str] = ..., nearest: _Optional[str] = ..., angle_degrees: _Optional[float] = ...) -> None: ...

class Phase(_message.Message):
    __slots__ = ("phase", "source", "confidence", "reason")
    PHASE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    phase: str
    source: str
    confidence: float
    reason: str
    def __init__(self, phase: _Optional[str] = ..., source: _Optional[str] = ..., confidence: _Optional[float] = ..., reason: _Optional[str] = ...) -> None: ...

class Person(_message.Message):
    __slots__ = ("key", "from_study", "sex", "birth_year", "age_days", "sealed_identity", "accession_key", "patient_key", "birth_key", "placeholder_id")
    KEY_FIELD_NUMBER: _ClassVar[int]
    FROM_STUDY_FIELD_NUMBER: _ClassVar[int]
    SEX_FIELD_NUMBER: _ClassVar[int]
    BIRTH_YEAR_FIELD_NUMBER: _ClassVar[int]
    AGE_DAYS_FIELD_NUMBER: _ClassVar[int]
    SEALED_IDENTITY_FIELD_NUMBER: _ClassVar[int]
    ACCESSION_KEY_FIELD_NUMBER: _ClassVar[int]
    PATIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    BIRTH_KEY_FIELD_NUMBER: _ClassVar[int]
    PLACEHOLDER_ID_FIELD_NUMBER: _ClassVar[int]
    key: str
    from_study: bool
    sex: str
    birth_year: int
    age_days: int
    sealed_identity: bytes
    accession_key: str
    patient_key: str
    birth_key: str
    placeholder_id: bool
    def __init__(self, key: _Optional[str] = ..., from_study: _Optional[bool] = ..., sex: _Optional[str] = ..., birth_year: _Optional[int] = ..., age_days: _Optional[int] = ..., sealed_identity: _Optional[bytes] = ..., accession_key: _Optional[str] = ..., patient_key: _Optional[str] = ..., birth_key: _Optional[str] = ..., placeholder_id: _Optional[bool] = ...) -> None: ...

class BodyIntensity(_message.Message):
    __slots__ = ("map", "body_cells", "bright_cells")
    MAP_FIELD_NUMBER: _ClassVar[int]
    BODY_CELLS_FIELD_NUMBER: _ClassVar[int]
    BRIGHT_CELLS_FIELD_NUMBER: _ClassVar[int]
    map: bytes
    body_cells: int
    bright_cells: int
    def __init__(self, map: _Optional[bytes] = ..., body_cells: _Optional[int] = ..., bright_cells: _Optional[int] = ...) -> None: ...

class Extraction(_message.Message):
    __slots__ = ("tags", "picture", "plane", "phase", "person", "warnings", "body_intensity", "rules")
    TAGS_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    PLANE_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    BODY_INTENSITY_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    tags: str
    picture: Picture
    plane: Plane
    phase: Phase
    person: Person
    warnings: _containers.RepeatedScalarFieldContainer[str]
    body_intensity: BodyIntensity
    rules: str
    def __init__(self, tags: _Optional[str] = ..., picture: _Optional[_Union[Picture, _Mapping]] = ..., plane: _Optional[_Union[Plane, _Mapping]] = ..., phase: _Optional[_Union[Phase, _Mapping]] = ..., person: _Optional[_Union[Person, _Mapping]] = ..., warnings: _Optional[_Iterable[str]] = ..., body_intensity: _Optional[_Union[BodyIntensity, _Mapping]] = ..., rules: _Optional[str] = ...) -> None: ...

class InstanceExtracted(_message.Message):
    __slots__ = ("instance", "diagnosis", "received_at", "extracted_at", "extraction", "extraction_key", "no_picture_reason")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSIS_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    EXTRACTED_AT_FIELD_NUMBER: _ClassVar[int]
    EXTRACTION_FIELD_NUMBER: _ClassVar[int]
    EXTRACTION_KEY_FIELD_NUMBER: _ClassVar[int]
    NO_PICTURE_REASON_FIELD_NUMBER: _ClassVar[int]
    instance: Instance
    diagnosis: Diagnosis
    received_at: _timestamp_pb2.Timestamp
    extracted_at: _timestamp_pb2.Timestamp
    extraction: Extraction
    extraction_key: str
    no_picture_reason: str
    def __init__(self, instance: _Optional[_Union[Instance, _Mapping]] = ..., diagnosis: _Optional[_Union[Diagnosis, _Mapping]] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., extracted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., extraction: _Optional[_Union[Extraction, _Mapping]] = ..., extraction_key: _Optional[str] = ..., no_picture_reason: _Optional[str] = ...) -> None: ...

class OccurrenceChanged(_message.Message):
    __slots__ = ("radiology_occurrence_id", "hospital", "study_instance_uid", "sop_instance_uids")
    RADIOLOGY_OCCURRENCE_ID_FIELD_NUMBER: _ClassVar[int]
    HOSPITAL_FIELD_NUMBER: _ClassVar[int]
    STUDY_INSTANCE_UID_FIELD_NUMBER: _ClassVar[int]
    SOP_INSTANCE_UIDS_FIELD_NUMBER: _ClassVar[int]
    radiology_occurrence_id: int
    hospital: str
    study_instance_uid: str
    sop_instance_uids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, radiology_occurrence_id: _Optional[int] = ..., hospital: _Optional[str] = ..., study_instance_uid: _Optional[str] = ..., sop_instance_uids: _Optional[_Iterable[str]] = ...) -> None: ...

class OccurrenceDeleted(_message.Message):
    __slots__ = ("deletion_id", "study_instance_uid", "hospitals", "image_ids", "deleted_at", "lifted_at")
    DELETION_ID_FIELD_NUMBER: _ClassVar[int]
    STUDY_INSTANCE_UID_FIELD_NUMBER: _ClassVar[int]
    HOSPITALS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_IDS_FIELD_NUMBER: _ClassVar[int]
    DELETED_AT_FIELD_NUMBER: _ClassVar[int]
    LIFTED_AT_FIELD_NUMBER: _ClassVar[int]
    deletion_id: int
    study_instance_uid: str
    hospitals: _containers.RepeatedScalarFieldContainer[str]
    image_ids: _containers.RepeatedScalarFieldContainer[int]
    deleted_at: _timestamp_pb2.Timestamp
    lifted_at: _timestamp_pb2.Timestamp
    def __init__(self, deletion_id: _Optional[int] = ..., study_instance_uid: _Optional[str] = ..., hospitals: _Optional[_Iterable[str]] = ..., image_ids: _Optional[_Iterable[int]] = ..., deleted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lifted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OccurrencePurged(_message.Message):
    __slots__ = ("deletion_id", "objects", "purged_at")
    DELETION_ID_FIELD_NUMBER: _ClassVar[int]
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    PURGED_AT_FIELD_NUMBER: _ClassVar[int]
    deletion_id: int
    objects: int
    purged_at: _timestamp_pb2.Timestamp
    def __init__(self, deletion_id: _Optional[int] = ..., objects: _Optional[int] = ..., purged_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ExportRequested(_message.Message):
    __slots__ = ("operation_id", "dataset", "version")
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    operation_id: str
    dataset: str
    version: str
    def __init__(self, operation_id: _Optional[str] = ..., dataset: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class ExportCompleted(_message.Message):
    __slots__ = ("operation_id", "dataset", "version", "members", "archive_bytes", "manifest_sha256")
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    ARCHIVE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_SHA256_FIELD_NUMBER: _ClassVar[int]
    operation_id: str
    dataset: str
    version: str
    members: int
    archive_bytes: int
    manifest_sha256: str
    def __init__(self, operation_id: _Optional[str] = ..., dataset: _Optional[str] = ..., version: _Optional[str] = ..., members: _Optional[int] = ..., archive_bytes: _Optional[int] = ..., manifest_sha256: _Optional[str] = ...) -> None: ...

"""What one slice is, wherever its header keeps it: where it lies, what was measured there, and when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from imaging.fields.acquisition_time import acquired_at
from imaging.header.dicom_json import Document, datetime_value, integer, items, number, numbers, tag_key, text, texts
from imaging.header.functional_groups import frame_documents
from imaging.header.mosaic import MOSAIC_PLACES
from imaging.header.orientation import Vector, slice_normal
from imaging.sequence.diffusion import DIFFUSION_PLACES, b_direction, b_value

_POSITION = tag_key("ImagePositionPatient")
# Dimensions that count slices.
_PLACES = frozenset(map(tag_key, ("StackID", "InStackPositionNumber", "ImagePositionPatient")))
_FAR_MM = 1e6  # no place in a room
_DATE_ALONE = len("YYYYMMDD")
# Frames that are only counted, each without a header of its own: a number says nothing of how many there are.
MOST_FRAMES = 100_000
COMPONENTS = ("MAGNITUDE", "PHASE", "REAL", "IMAGINARY")  # PS3.3 C.8.13.3.1.2
# How makers write them into ImageType.
_WRITTEN = {"M": "MAGNITUDE", "P": "PHASE", "R": "REAL", "I": "IMAGINARY", "PHASE MAP": "PHASE"} | {
    name: name for name in COMPONENTS
}


# The elements these facts are read from: all that is wanted of a header that is kept elsewhere.
FACT_KEYS = frozenset(
    tag_key(keyword)
    for keyword in (
        "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", "Modality", "NumberOfFrames", "Rows",
        "Columns", "ImageOrientationPatient", "ImagePositionPatient", "PixelSpacing", "SliceThickness",
        "SpacingBetweenSlices", "GridFrameOffsetVector", "AcquisitionNumber", "TemporalPositionIdentifier",
        "AcquisitionDateTime", "AcquisitionDate", "AcquisitionTime", "StudyDate", "StudyTime", "EchoTime",
        "RepetitionTime", "InversionTime", "FlipAngle", "DiffusionBValue", "DiffusionGradientOrientation",
        "DiffusionGradientDirectionSequence", "TriggerTime", "ComplexImageComponent", "ImageType", "ConvolutionKernel",
        "StackID", "DimensionIndexSequence",
    )
)  # fmt: skip
# And private ones, as 0xggggee, in whichever block.
PRIVATE_FACTS = DIFFUSION_PLACES | MOSAIC_PLACES


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """One frame; lengths in mm, times in ms, directions and positions in patient coordinates (PS3.3 C.7.6.2.1.1).

    `orientation` is six direction cosines, `position` the middle of the first pixel, `pixel_spacing` between rows and
    between columns, `b_value` in s/mm². `component` is MAGNITUDE, PHASE, REAL or IMAGINARY;
    `dimensions` are the frame's indices (PS3.3 C.7.6.17) but for those of its place. None: not said, or nonsense.
    """

    frame: int
    rows: int
    columns: int
    orientation: tuple[float, ...] | None = None
    position: Vector | None = None
    pixel_spacing: tuple[float, float] | None = None
    slice_thickness: float | None = None
    spacing_between_slices: float | None = None
    acquisition_number: int | None = None
    temporal_position: int | None = None
    acquired_at: datetime | None = None
    echo_time_ms: float | None = None
    repetition_time_ms: float | None = None
    inversion_time_ms: float | None = None
    flip_angle: float | None = None
    b_value: float | None = None
    b_direction: Vector | None = None
    trigger_time_ms: float | None = None
    component: str | None = None
    stack_id: str | None = None
    image_type: tuple[str, ...] = ()
    kernel: str | None = None
    dimensions: tuple[int, ...] = ()


def frame_facts(document: Document) -> list[FrameFacts]:
    """One for each frame, in frame order: of a classic image one, of an enhanced one what its functional groups say, of
    a mosaic one for each slice.

    Several frames without functional groups have no place of their own, but for the planes of a dose grid; of more than
    MOST_FRAMES the first are told of.
    """
    documents = frame_documents(document)
    if len(documents) > 1 or items(document, "PerFrameFunctionalGroupsSequence"):
        return [_facts(frame, place) for place, frame in enumerate(documents, start=1)]
    frame = documents[0]
    count = min(max(integer(document, "NumberOfFrames") or 1, 1), MOST_FRAMES)
    if count == 1:
        return [_facts(frame, 1)]
    places = _grid_positions(frame, count)
    frame.pop(_POSITION, None)  # of the first frame, if of any
    alike = _facts(frame, 1)
    return [
        replace(alike, frame=place, position=position) for place, position in enumerate(places or [None] * count, 1)
    ]


def _facts(frame: Document, place: int) -> FrameFacts:
    spacing = numbers(frame, "PixelSpacing")
    return FrameFacts(
        frame=place,
        rows=integer(frame, "Rows") or 0,
        columns=integer(frame, "Columns") or 0,
        orientation=_orientation(numbers(frame, "ImageOrientationPatient")),
        position=_vector(numbers(frame, "ImagePositionPatient")),
        pixel_spacing=(spacing[0], spacing[1])
        if len(spacing) == 2 and 0 < min(spacing) <= max(spacing) < _FAR_MM
        else None,
        slice_thickness=number(frame, "SliceThickness"),
        spacing_between_slices=number(frame, "SpacingBetweenSlices"),
        acquisition_number=_first_integer(frame, "FrameAcquisitionNumber", "AcquisitionNumber"),
        temporal_position=_first_integer(frame, "TemporalPositionIndex", "TemporalPositionIdentifier"),
        acquired_at=_acquired_at(frame),
        echo_time_ms=_first_number(frame, "EffectiveEchoTime", "EchoTime"),
        repetition_time_ms=number(frame, "RepetitionTime"),
        inversion_time_ms=_first_number(frame, "InversionTimes", "InversionTime"),
        flip_angle=number(frame, "FlipAngle"),
        b_value=b_value(frame),
        b_direction=b_direction(frame),
        trigger_time_ms=_first_number(frame, "NominalCardiacTriggerDelayTime", "TriggerTime"),
        component=_component(frame),
        stack_id=text(frame, "StackID"),
        image_type=tuple(texts(frame, "FrameType") or texts(frame, "ImageType")),
        kernel=text(frame, "ConvolutionKernel"),
        dimensions=_dimensions(frame),
    )


def _orientation(written: Sequence[float]) -> tuple[float, ...] | None:
    return tuple(written) if slice_normal(written) is not None else None


def _vector(written: Sequence[float]) -> Vector | None:
    is_sound = len(written) == 3 and max(map(abs, written)) < _FAR_MM
    return (written[0], written[1], written[2]) if is_sound else None


def _first_number(frame: Document, *keywords: str) -> float | None:
    return next((value for keyword in keywords if (value := number(frame, keyword)) is not None), None)


def _first_integer(frame: Document, *keywords: str) -> int | None:
    return next((value for keyword in keywords if (value := integer(frame, keyword)) is not None), None)


def _acquired_at(frame: Document) -> datetime | None:
    """A frame's own time; AcquisitionDateTime of an enhanced object is when all of it began (PS3.3 C.8.13.1)."""
    for keyword in ("FrameAcquisitionDateTime", "FrameReferenceDateTime"):
        if len(text(frame, keyword) or "") > _DATE_ALONE:
            return datetime_value(frame, keyword)
    return acquired_at(frame)


def _component(frame: Document) -> str | None:
    """Of MR: which part of the complex signal. Makers abbreviate it in the third and fourth value of ImageType."""
    if text(frame, "Modality") != "MR":
        return None
    component = _WRITTEN.get((text(frame, "ComplexImageComponent") or "").upper())
    kinds = [value.upper() for value in (texts(frame, "FrameType") or texts(frame, "ImageType"))[2:]]
    return component or next((_WRITTEN[kind] for kind in kinds if kind in _WRITTEN), None)


def _dimensions(frame: Document) -> tuple[int, ...]:
    """What a maker counts frames by, also where it keeps what is counted in elements of its own."""
    pointers = [text(one, "DimensionIndexPointer") for one in items(frame, "DimensionIndexSequence")]
    values = numbers(frame, "DimensionIndexValues")
    if len(pointers) != len(values):
        return ()
    return tuple(int(value) for pointer, value in zip(pointers, values, strict=True) if pointer not in _PLACES)


def _grid_positions(document: Document, count: int) -> list[Vector] | None:
    """PS3.3 C.8.8.3.2: the planes of an RT Dose lie at offsets along the normal of the first one."""
    offsets = numbers(document, "GridFrameOffsetVector")
    first = _vector(numbers(document, "ImagePositionPatient"))
    normal = slice_normal(numbers(document, "ImageOrientationPatient"))
    if first is None or normal is None or len(offsets) != count or offsets[0] != 0:
        return None
    return [
        (first[0] + normal[0] * offset, first[1] + normal[1] * offset, first[2] + normal[2] * offset)
        for offset in offsets
    ]

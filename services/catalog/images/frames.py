"""The frames of an image: what extract tells of each becomes a document of its row, and what clients read of it."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from pydantic import BaseModel, Field

from cdm.query.images import CORRECTED
from imaging.geometry.plane import Plane
from imaging.geometry.spacing import slice_position
from proto.rcdm.v1 import events_pb2 as pb

_NUMBERS = (
    "slice_thickness", "b_value", "echo_time_ms", "rescale_slope", "rescale_intercept", "window_center", "window_width",
)  # fmt: skip
_VECTORS = {"orientation": 6, "position": 3, "pixel_spacing": 2}
# Of an image with one frame its row says these; of one with several the row says them of the first.
_OF_ONLY_FRAME = {
    "orientation": "image_orientation_patient", "position": "image_position_patient",
    "slice_position": "slice_position", "pixel_spacing": "pixel_spacing", "slice_thickness": "image_slice_thickness",
    "temporal_position": "temporal_position", "acquired_at": "acquired_at", "rescale_slope": "rescale_slope",
    "rescale_intercept": "rescale_intercept",
}  # fmt: skip


class FrameItem(BaseModel):
    """A frame of an image, or a slice of a mosaic; null where its header does not say it."""

    number: int = Field(description="From 1, as DICOM counts.")
    width: int
    height: int
    plane: str
    orientation: Sequence[float] | None = Field(None, description="Six direction cosines: along a row, down a column.")
    position: Sequence[float] | None = Field(None, description="Of the first pixel, mm in patient coordinates.")
    slice_position: float | None = Field(None, description="mm along the slice normal.")
    pixel_spacing: Sequence[float] | None = Field(None, description="mm between rows, mm between columns.")
    slice_thickness: float | None = Field(None, description="mm")
    temporal_position: int | None = None
    acquired_at: str | None = Field(None, description="The device's own clock, without zone.")
    b_value: float | None = Field(None, description="s/mm², of objects with several frames.")
    echo_time_ms: float | None = Field(None, description="Of objects with several frames.")
    rescale_slope: float | None = Field(None, description="As the picture was drawn.")
    rescale_intercept: float | None = None
    window_center: float | None = Field(None, description="As the picture was drawn, of objects with several frames.")
    window_width: float | None = None


def frame_record(frame: pb.Frame) -> dict[str, Any]:
    """The document of one frame; what is not told, or cannot be meant, is left out."""
    found: dict[str, Any] = {
        "number": frame.number,
        "width": frame.width,
        "height": frame.height,
        "bytes": frame.size,
        "sha256": frame.sha256.hex(),
        "crc32": frame.crc32,
    }
    vectors = {name: list(getattr(frame, name)) for name in _VECTORS}
    found |= {name: vector for name, vector in vectors.items() if len(vector) == _VECTORS[name] and _finite(vector)}
    numbers = {name: getattr(frame, name) for name in _NUMBERS if frame.HasField(name)}
    found |= {name: _shortest(value) for name, value in numbers.items() if isfinite(value)}
    place = slice_position(vectors["orientation"], vectors["position"])
    told = {
        "plane": frame.plane if frame.plane in set(Plane) else None,
        "slice_position": place,
        "temporal_position": frame.temporal_position if frame.HasField("temporal_position") else None,
        "acquired_at": frame.acquired_at.replace("\0", "")[:40] or None,
    }
    return found | {name: value for name, value in told.items() if value is not None}


def planes_of_frames(frames: Iterable[Mapping[str, Any]], image_plane: str) -> list[str] | None:
    """Sorted; None when all frames are of the image's plane, as in nearly all images."""
    found = {frame.get("plane", image_plane) for frame in frames}
    return sorted(found) if found - {image_plane} else None


def frame_items(row: Mapping[Any, Any]) -> list[FrameItem]:
    """Of a row with the image's columns and `png_frames`."""
    frames = row["png_frames"]
    whole = {name: row[column] for name, column in _OF_ONLY_FRAME.items()} if len(frames) == 1 else {}
    if whole.get("acquired_at"):
        whole["acquired_at"] = whole["acquired_at"].isoformat()
    plane = {"plane": row["image_plane"]}
    held = plane if row["plane_source"] == CORRECTED else {}
    return [FrameItem.model_validate({**plane, **whole, **frame, **held}) for frame in frames]


def _shortest(value: float) -> float:
    """40.0 as 40, which is how a header has it."""
    return int(value) if value.is_integer() else value


def _finite(vector: Iterable[float]) -> bool:
    return all(map(isfinite, vector))

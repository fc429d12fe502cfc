"""What is told of each frame of one object: its picture, and how it differs from the other frames."""

import hashlib
from binascii import crc32

from imaging.geometry.plane import PlaneSource, plane_of_orientation
from imaging.header.dicom_json import Document
from imaging.pixels.render import Picture
from imaging.volume.frame_facts import FrameFacts, frame_facts
from proto.rcdm.v1 import events_pb2 as pb

_LARGEST_INTEGER = 2**31 - 1


class FrameMessages:
    """Of an only frame nothing is told that its object says."""

    def __init__(self, document: Document, plane: pb.Plane) -> None:
        facts = frame_facts(document)
        self._facts = facts if len(facts) > 1 else []
        # What looks through the body has an orientation and no plane of its own.
        self._is_sliced = plane.source in (PlaneSource.FRAMES, PlaneSource.ORIENTATION)

    def message(self, picture: Picture) -> pb.Frame:
        frame = pb.Frame(
            number=picture.frame,
            width=picture.width,
            height=picture.height,
            size=len(picture.png),
            sha256=hashlib.sha256(picture.png).digest(),
            crc32=crc32(picture.png),
        )
        if picture.frame <= len(self._facts):
            facts = self._facts[picture.frame - 1]
            frame.MergeFrom(_own_facts(facts, self._plane(facts)))
            frame.MergeFrom(_own_rendering(picture))
        return frame

    def _plane(self, facts: FrameFacts) -> str:
        return plane_of_orientation(facts.orientation or ()).plane if self._is_sliced else ""


def _own_facts(facts: FrameFacts, plane: str) -> pb.Frame:
    point = facts.temporal_position
    return pb.Frame(
        plane=plane,
        orientation=facts.orientation,
        position=facts.position,
        pixel_spacing=facts.pixel_spacing,
        slice_thickness=facts.slice_thickness,
        temporal_position=point if point is not None and abs(point) <= _LARGEST_INTEGER else None,
        acquired_at=facts.acquired_at.replace(tzinfo=None).isoformat() if facts.acquired_at else "",
        b_value=facts.b_value,
        echo_time_ms=facts.echo_time_ms,
    )


def _own_rendering(picture: Picture) -> pb.Frame:
    drawn = picture.rendering
    return pb.Frame(
        rescale_slope=drawn.slope,
        rescale_intercept=drawn.intercept,
        window_center=drawn.center,
        window_width=drawn.width,
    )

"""What extract tells of a frame, as a row keeps it: nothing that PostgreSQL or JSON could not hold."""

import json

import pytest

from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.images.frames import frame_record, planes_of_frames

PICTURE = {"number": 1, "width": 2, "height": 3, "bytes": 4, "sha256": "00ff", "crc32": 5}


def _frame(**told: object) -> pb.Frame:
    return pb.Frame(number=1, width=2, height=3, size=4, sha256=b"\0\xff", crc32=5, **told)  # type: ignore[arg-type]


def test_an_only_frame_is_its_picture() -> None:
    assert frame_record(_frame()) == PICTURE


@pytest.mark.parametrize(
    "told",
    [
        {"plane": "SLANTED"},
        {"orientation": [1, 0, 0]},
        {"position": [0, 0, float("nan")]},
        {"b_value": float("inf")},
        {"acquired_at": ""},
    ],
)
def test_what_cannot_be_meant_is_left_out(told: dict[str, object]) -> None:
    assert frame_record(_frame(**told)) == PICTURE


def test_a_frame_lies_somewhere_along_its_own_normal() -> None:
    record = frame_record(
        _frame(plane="CORONAL", orientation=[1, 0, 0, 0, 0, -1], position=[1, 42, 3], window_width=40.0)
    )
    assert record["slice_position"] == 42
    assert json.dumps(record["window_width"]) == "40"


def test_planes_are_named_only_where_a_frame_has_another_one_than_its_image() -> None:
    assert planes_of_frames([{"plane": "AXIAL"}, {}], "AXIAL") is None
    assert planes_of_frames([{"plane": "AXIAL"}, {"plane": "CORONAL"}], "AXIAL") == ["AXIAL", "CORONAL"]
    assert planes_of_frames([{"plane": "AXIAL"}, {"plane": "CORONAL"}], "UNKNOWN") == ["AXIAL", "CORONAL"]

"""Made slices: axial, 4 by 6 pixels of 1 mm, wherever a test wants them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from imaging.volume.dimensions import Slice
from imaging.volume.frame_facts import FrameFacts

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
NOON = datetime(2024, 1, 2, 12)
_NUMBERS = count(1)
_OWN = ("pixel_sha256", "frame_of_reference_uid", "series_number")


def one_slice(z: float, number: int | None = None, **facts: Any) -> Slice:
    """At height `z` in mm, or wherever `position` says; what is no fact is the slice's own."""
    uid = f"2.25.{next(_NUMBERS)}"
    own = {
        name: facts.pop(name) for name in ("pixel_sha256", "frame_of_reference_uid", "series_number") if name in facts
    }
    described: dict[str, Any] = {
        "frame": 1, "rows": 4, "columns": 6, "orientation": AXIAL, "position": (0.0, 0.0, float(z)),
        "pixel_spacing": (1.0, 1.0),
    }  # fmt: skip
    return Slice(uid, FrameFacts(**(described | facts)), number, **own)


def at(heights: Sequence[float], start: int = 1, **facts: Any) -> list[Slice]:
    """One at each height, instance numbers from `start`."""
    return [one_slice(height, start + place, **facts) for place, height in enumerate(heights)]


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)

"""The stored values of an object as PNG, lossless: what a network is trained on when eight bits are too few."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset

from imaging.pixels.display import display_rules
from imaging.pixels.frames import stored_pixels
from imaging.pixels.layout import COLOUR, PALETTE
from imaging.pixels.png import write_grey16
from imaging.pixels.render import render

# Raised when the same object would give other bytes.
STORED_PICTURE_VERSION = 2
_VALUES = 1 << 16


class NotSixteenBits(ValueError):
    """Values that 16 bits cannot hold without loss; the text holds no value but the ends of their range."""


@dataclass(frozen=True)
class StoredPicture:
    """`png` is grey of 16 bits; a value p of it means `slope` · p + `intercept` (of HU on CT).

    Both are None where a table and no line leads from stored to real values; then p + `offset` is the stored value.
    Colour is the usual picture of 8 bits a channel: nothing of it is lost.
    """

    frame: int
    png: bytes
    slope: float | None = None
    intercept: float | None = None
    offset: int = 0


def stored_pictures(dataset: Dataset) -> Iterator[StoredPicture]:
    """In frame order, one in memory at a time. Raises NoPicture, and NotSixteenBits."""
    pixels = stored_pixels(dataset)
    if pixels.layout.photometric in COLOUR or pixels.layout.photometric == PALETTE:
        yield from (StoredPicture(picture.frame, picture.png) for picture in render(dataset))
        return
    for frame in pixels.frames:
        offset = _offset(frame.values, frame.number)
        png = write_grey16((frame.values.astype(np.int64) - offset).astype(np.uint16))
        modality = display_rules(dataset, pixels.layout, frame.number).modality
        if modality.lut is not None:
            yield StoredPicture(frame.number, png, offset=offset)
        else:
            intercept = modality.intercept + modality.slope * offset
            yield StoredPicture(frame.number, png, modality.slope, intercept, offset)


def _offset(values: npt.NDArray[Any], frame: int) -> int:
    """What is taken from every value: of 16 bits always the same, so that frames and images stay comparable."""
    if values.dtype.kind == "f":
        raise NotSixteenBits(f"Frame {frame}: its values are no whole numbers.")
    if values.dtype.itemsize <= 2:
        return int(np.iinfo(values.dtype).min)
    low, high = int(values.min()), int(values.max())
    if low >= 0 and high < _VALUES:
        return 0
    if low >= -_VALUES // 2 and high < _VALUES // 2:
        return -_VALUES // 2
    raise NotSixteenBits(f"Frame {frame}: values from {low} to {high} need more than 16 bits.")

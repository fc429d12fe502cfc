"""What the values of a grey frame mean: Hounsfield units of CT, the stored values where nothing scales them.

What a viewer measures on and windows anew. Whole numbers stay whole, in the fewest bits that hold all that the object
could say, so that every frame of a series has the same type.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset

from imaging.pixels.display import display_rules
from imaging.pixels.errors import NoPicture, NoPictureReason
from imaging.pixels.frames import StoredFrame, stored_pixels
from imaging.pixels.grayscale import Modality
from imaging.pixels.layout import GREY

_WHOLE = (np.uint8, np.int16, np.uint16)  # what a viewer draws without loss; all else becomes float32


def real_values(dataset: Dataset, frame: int) -> npt.NDArray[Any]:
    """Frame `frame` (from 1) after the modality transformation (PS3.3 C.11.1), of shape (rows, columns), little-endian.

    uint8, int16 or uint16 where these hold every value, else float32. Raises NoPicture: colour has no such values, and
    what cannot be decoded has none.
    """
    pixels = stored_pixels(dataset, only=frame)
    if pixels.layout.photometric not in GREY:
        raise NoPicture(NoPictureReason.UNSUPPORTED_PHOTOMETRIC, "values are of grey images, this one has colours")
    found = next(pixels.frames, None)
    if found is None:
        raise NoPicture(NoPictureReason.UNDECODABLE, f"there is no frame {frame}, there are {pixels.layout.frames}")
    modality = display_rules(dataset, pixels.layout, frame).modality
    kind = _type_of(found, modality)
    if kind == found.values.dtype and modality == Modality():
        return found.values
    return np.ascontiguousarray(modality.apply(found.values).astype(kind))


def _type_of(frame: StoredFrame, modality: Modality) -> np.dtype[Any]:
    if frame.values.dtype.kind != "f" and modality.lut is None and _is_whole(modality):
        ends = [end * modality.slope + modality.intercept for end in _ends(frame)]
        for kind in _WHOLE:
            if np.iinfo(kind).min <= min(ends) and max(ends) <= np.iinfo(kind).max:
                return np.dtype(kind).newbyteorder("<")
    return np.dtype("<f4")


def _is_whole(modality: Modality) -> bool:
    return modality.slope.is_integer() and modality.intercept.is_integer()


def _ends(frame: StoredFrame) -> tuple[int, int]:
    """The least and the largest value that so many stored bits can say."""
    if frame.values.dtype.kind == "i":
        return -(1 << (frame.bits - 1)), (1 << (frame.bits - 1)) - 1
    return 0, (1 << frame.bits) - 1

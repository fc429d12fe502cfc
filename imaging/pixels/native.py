"""Uncompressed pixel data: its bytes against its description, and one frame of it as an array (PS3.5 8.1, 8.2)."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import DataElement
from pydicom.uid import ExplicitVRBigEndian

from imaging.pixels.errors import NoPicture, NoPictureReason
from imaging.pixels.layout import PixelLayout

LONGER = "the pixel data is longer than described"


def native_data(element: DataElement, layout: PixelLayout) -> tuple[bytes, PixelLayout, tuple[str, ...]]:
    """The bytes, the layout they really have, and notes on what was forgiven.

    Raises NoPicture: size when there are fewer bytes than described, undecodable when the element is compressed.
    """
    if element.is_undefined_length:
        raise NoPicture(NoPictureReason.UNDECODABLE, "compressed pixel data under a transfer syntax that has none")
    data: bytes = element.value
    full = replace(layout, photometric="YBR_FULL")
    if layout.photometric == "YBR_FULL_422" and len(data) >= _needed_bytes(full):
        return data, full, ("YBR_FULL_422 is declared, but the colour is not subsampled",)
    if layout.photometric == "YBR_FULL_422" and (layout.columns % 2 or layout.bits_allocated != 8):
        raise NoPicture(NoPictureReason.BAD_PIXEL_DESCRIPTION, "YBR_FULL_422 needs even columns and 8 bits")
    needed = _needed_bytes(layout)
    if len(data) < needed:
        raise NoPicture(NoPictureReason.SIZE, "the pixel data is shorter than described")
    notes = (LONGER,) if len(data) > needed + needed % 2 else ()
    if layout.transfer_syntax == ExplicitVRBigEndian and element.VR == "OW" and layout.bits_allocated <= 8:
        # PS3.5 A.3: words of two bytes are turned round, also when they hold two pixels of eight bits.
        data = np.frombuffer(data, ">u2", len(data) // 2).astype("<u2").tobytes()
    return data, layout, notes


def native_frame(data: bytes, layout: PixelLayout, index: int) -> npt.NDArray[Any]:
    """Frame `index` (from 0), shape (rows, columns) or (rows, columns, 3); a view where the bytes allow it."""
    if layout.bits_allocated == 1:
        return _one_bit_frame(data, layout, index)
    frame_bytes = layout.frame_bits // 8
    if layout.photometric == "YBR_FULL_422" and not layout.is_encapsulated:
        pairs = np.frombuffer(data, np.uint8, frame_bytes, index * frame_bytes)
        return _without_subsampling(pairs.reshape(layout.rows, layout.columns // 2, 4))
    values = np.frombuffer(data, _value_type(layout), layout.frame_pixels * layout.samples, index * frame_bytes)
    if layout.planar:
        return values.reshape(layout.samples, layout.rows, layout.columns).transpose(1, 2, 0)
    return values.reshape(layout.frame_shape)


def _needed_bytes(layout: PixelLayout) -> int:
    return -(-layout.frame_bits * layout.frames // 8)


def _value_type(layout: PixelLayout) -> str:
    order = ">" if layout.transfer_syntax == ExplicitVRBigEndian else "<"
    return f"{order}{layout.kind}{layout.bits_allocated // 8}"


def _one_bit_frame(data: bytes, layout: PixelLayout, index: int) -> npt.NDArray[np.uint8]:
    """PS3.5 8.1.1: one-bit pixels run on from frame to frame, the first in the lowest bit."""
    first, last = index * layout.frame_bits, (index + 1) * layout.frame_bits
    bits = np.unpackbits(np.frombuffer(data, np.uint8)[first // 8 : -(-last // 8)], bitorder="little")
    return bits[first % 8 :][: layout.frame_pixels].reshape(layout.frame_shape)


def _without_subsampling(pairs: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """PS3.3 C.7.6.3.1.2: two luminances, then the blue and the red difference both pixels share."""
    rows, halves, _ = pairs.shape
    frame = np.empty((rows, halves, 2, 3), np.uint8)
    frame[..., 0] = pairs[..., :2]
    frame[..., 1:] = pairs[..., None, 2:]
    return frame.reshape(rows, halves * 2, 3)

"""Bits of samples that no reader of the image looks at (PS3.5 8.1.1) go: overlay planes were drawn there (PS3.5 8.1.2).

Above and below the stored bits stand zeros, or the sign above, whether or not group 60xx says that anything was there.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset
from pydicom.pixels.encoders.base import get_encoder
from pydicom.uid import UID, RLELossless

from imaging.pixels.codestream import j2k_header, jpeg_header
from imaging.pixels.decoders import find_decoder
from imaging.pixels.errors import NoPicture
from imaging.pixels.layout import PixelLayout, PixelLimits, read_layout

_JPEG_2000 = b"\xff\x4f"


class CannotClean(ValueError):
    """Pixel data of a form in which something could hide; the text holds no value of the file."""


def native_without_unused_bits(dataset: Dataset, value: bytes) -> bytes:
    """Uncompressed samples in the byte order of the data set. Raises CannotClean."""
    allocated = int(dataset.BitsAllocated)
    stored = int(dataset.get("BitsStored") or allocated)
    if stored >= allocated:
        return value
    if allocated not in (8, 16, 32, 64):
        raise CannotClean("Unused bits lie between samples that are no whole bytes.")
    high = int(dataset.get("HighBit") or stored - 1)
    order = "<" if dataset.original_encoding[1] in (True, None) else ">"
    samples = np.frombuffer(value, f"{order}u{allocated // 8}")
    cleared = _cleared(samples, stored, high, bool(dataset.get("PixelRepresentation")))
    return cleared.astype(samples.dtype).tobytes()


def frames_without_unused_bits(dataset: Dataset, transfer_syntax_uid: str, frames: list[bytes]) -> list[bytes]:
    """Compressed frames. Raises CannotClean where something stands in unused bits of anything but RLE.

    RLE is written anew, also for what lies between and behind its segments. Elsewhere the codestream's own precision
    says that those bits are samples, the header that they are not: to clear or to send them would both be wrong.
    """
    syntax = UID(transfer_syntax_uid)
    if syntax != RLELossless and all(_precision(frame) <= _stored(dataset) for frame in frames):
        return frames
    try:
        layout = read_layout(dataset, PixelLimits())
    except NoPicture as none:
        raise CannotClean(f"Unused bits of compressed samples cannot be looked into: {none.detail}.") from None
    return [_without_unused_bits(frame, layout, syntax) for frame in frames]


def _without_unused_bits(frame: bytes, layout: PixelLayout, syntax: UID) -> bytes:
    try:
        values = find_decoder(syntax)(frame, layout).values
    except Exception:  # decoders raise what their libraries raise
        raise CannotClean("Unused bits of compressed samples cannot be looked into.") from None
    cleared = _cleared(values, layout.bits_stored, layout.high_bit, layout.signed)
    if syntax == RLELossless:
        return _run_length_encoded(cleared, layout)
    if np.any((values.astype(cleared.dtype) ^ cleared) & cleared.dtype.type((1 << _precision(frame)) - 1)):
        raise CannotClean("Overlay planes may lie in bits of compressed samples that the header calls unused.")
    return frame


def _cleared(values: npt.NDArray[Any], stored: int, high: int, signed: bool) -> npt.NDArray[Any]:
    """As unsigned numbers: up to the top and down again, twice, which draws the sign out of the highest stored bit."""
    width = values.dtype.itemsize * 8
    if stored >= width:
        return values.astype(f"<u{width // 8}")
    if not stored - 1 <= high < width:
        high = stored - 1
    working = values.astype(f"<u{width // 8}").view(f"<{'i' if signed else 'u'}{width // 8}")
    low = high + 1 - stored
    moved = ((working << (width - 1 - high)) >> (width - stored)) << low
    return moved.view(f"<u{width // 8}")


def _run_length_encoded(values: npt.NDArray[Any], layout: PixelLayout) -> bytes:
    written = get_encoder(RLELossless).encode(
        np.ascontiguousarray(values),
        encoding_plugin="pylibjpeg",
        validate=False,  # against PS3.5 8.2.2, which knows no samples of 32 bits; files have them
        rows=layout.rows,
        columns=layout.columns,
        number_of_frames=1,
        samples_per_pixel=layout.samples,
        bits_allocated=layout.bits_allocated,
        bits_stored=layout.bits_allocated,
        pixel_representation=0,
        photometric_interpretation="RGB" if layout.samples > 1 else "MONOCHROME2",
        planar_configuration=0,
    )
    return written + b"\0" * (len(written) & 1)


def _stored(dataset: Dataset) -> int:
    return int(dataset.get("BitsStored") or dataset.BitsAllocated)


def _precision(frame: bytes) -> int:
    """Bits of a sample in the codestream. Raises CannotClean where it does not say."""
    try:
        return (j2k_header if frame[:2] == _JPEG_2000 else jpeg_header)(frame).precision
    except ValueError:
        raise CannotClean("A compressed frame does not say how many bits its samples have.") from None

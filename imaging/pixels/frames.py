"""The stored values of an object, one frame after the other, in one form whatever the transfer syntax was.

Two lossless encodings of one image give equal arrays: unused bits cleared, signs extended, little-endian, colour by
pixel. Memory holds the object's own bytes and about one decoded frame. The slices of a mosaic are its frames.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import DataElement, Dataset
from pydicom.encaps import generate_frames, parse_fragments
from pydicom.tag import BaseTag

from imaging.header.dicom_json import Document
from imaging.header.mosaic import SIEMENS_COUNT, UIH_COUNT, UIH_SLICES, Mosaic, UnknownMosaic, is_mosaic, mosaic_of
from imaging.header.private import CSA_HEADER, csa_elements
from imaging.pixels.dataset import UNREADABLE, element_of, first_number, texts_of
from imaging.pixels.decoders import Decoded, encoded_layout, find_decoder
from imaging.pixels.errors import NoPicture, NoPictureReason
from imaging.pixels.layout import PixelLayout, PixelLimits, read_layout
from imaging.pixels.native import LONGER, native_data, native_frame

_PUBLIC = ("ImageType", "Rows", "Columns", "NumberOfFrames", "ImageOrientationPatient")

# Of the range of values: what lossy compression may leave where a mosaic is black.
_SHADOW = 0.05


def pixel_mosaic(dataset: Dataset) -> Mosaic | None:
    """How the picture of this data set is cut; None for nearly all of them. Raises NoPicture."""
    if not is_mosaic(texts_of(dataset, "ImageType")):
        return None
    try:
        return mosaic_of(mosaic_header(dataset))
    except UnknownMosaic as unknown:
        raise NoPicture(NoPictureReason.MOSAIC, str(unknown)) from None


def mosaic_header(dataset: Dataset) -> Document:
    """As much of a data set's header as imaging/header/mosaic.py asks for, as a document."""
    wanted = Dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a warning quotes the value, and the value may be about a patient
        for element in _elements(dataset):
            wanted.add(element)
        document: Document = wanted.to_json_dict(suppress_invalid_tags=True)
        csa = _private(dataset, *CSA_HEADER)
    return document | csa_elements(csa[-1].value) if csa and isinstance(csa[-1].value, bytes) else document


def _elements(dataset: Dataset) -> Iterator[DataElement]:
    yield from (found for keyword in _PUBLIC if (found := element_of(dataset, keyword)) is not None)
    for creator, element in (SIEMENS_COUNT, UIH_COUNT, UIH_SLICES):
        yield from _private(dataset, creator, element)


def _private(dataset: Dataset, creator: str, element: int) -> list[DataElement]:
    """The creator's element and the one in its block, or nothing."""
    try:
        block = dataset.private_block(element >> 8, creator)
        return [dataset[BaseTag(element >> 8 << 16 | block.block_start >> 8)], block[element & 0xFF]]
    except UNREADABLE:
        return []


@dataclass(frozen=True)
class StoredFrame:
    """`values` of shape (rows, columns) or (rows, columns, 3), `bits` of each in use; `number` counts from 1."""

    number: int
    values: npt.NDArray[Any]
    bits: int
    photometric: str


@dataclass(frozen=True)
class StoredPixels:
    """`frames` can be walked once. `notes` say what was at odds with the standard, and forgiven."""

    layout: PixelLayout
    frames: Iterator[StoredFrame]
    notes: tuple[str, ...] = ()


def stored_pixels(dataset: Dataset, limits: PixelLimits | None = None, only: int | None = None) -> StoredPixels:
    """The pixels of `dataset`, sizes checked, nothing decoded yet. `only`: no other frame than this one.

    Raises NoPicture here when there is nothing to decode, and from `frames` when one frame cannot be decoded.
    """
    limits = limits or PixelLimits()
    layout = read_layout(dataset, limits)
    mosaic = pixel_mosaic(dataset)
    if mosaic is None:
        return _whole_frames(dataset, layout, limits, only)
    whole = _whole_frames(dataset, layout, limits, None)
    tile_layout = replace(whole.layout, rows=mosaic.rows, columns=mosaic.columns, frames=mosaic.tiles)
    return StoredPixels(tile_layout, _tiles(whole.frames, mosaic, only), whole.notes)


def _whole_frames(dataset: Dataset, layout: PixelLayout, limits: PixelLimits, only: int | None) -> StoredPixels:
    notes_of_count = ("NumberOfFrames is 0, taken for 1",) if first_number(dataset, "NumberOfFrames") == 0 else ()
    if layout.is_encapsulated:
        layout, notes = encoded_layout(layout, _first_stream(dataset, layout), limits)
        notes += _more_frames(dataset.PixelData, layout)
        return StoredPixels(layout, _encapsulated(dataset, layout, only), notes_of_count + notes)
    data, layout, notes = native_data(dataset[layout.keyword], layout)
    return StoredPixels(layout, _native(data, layout, only), notes_of_count + notes)


def _tiles(frames: Iterator[StoredFrame], mosaic: Mosaic, only: int | None) -> Iterator[StoredFrame]:
    """The slices of a mosaic's only frame."""
    frame = next(frames)
    shadow = _SHADOW * float(np.ptp(frame.values))
    if any(np.ptp(_tile(frame, mosaic, tile)) > shadow for tile in range(mosaic.tiles, mosaic.places)):
        raise NoPicture(NoPictureReason.MOSAIC, "slices lie side by side in it, and more of them than its header tells")
    for tile in range(mosaic.tiles):
        if only in (None, tile + 1):
            yield replace(frame, number=tile + 1, values=np.ascontiguousarray(_tile(frame, mosaic, tile)))


def _tile(frame: StoredFrame, mosaic: Mosaic, tile: int) -> npt.NDArray[Any]:
    row, column = mosaic.corner(tile)
    return frame.values[row : row + mosaic.rows, column : column + mosaic.columns]


def _native(data: bytes, layout: PixelLayout, only: int | None) -> Iterator[StoredFrame]:
    shift = layout.high_bit + 1 - layout.bits_stored
    for index in range(layout.frames):
        if only not in (None, index + 1):
            continue
        values = native_frame(data, layout, index)
        yield _settled(Decoded(values, layout.bits_stored, layout.photometric, shift), layout, index + 1)


def _encapsulated(dataset: Dataset, layout: PixelLayout, only: int | None) -> Iterator[StoredFrame]:
    decode = find_decoder(layout.transfer_syntax)
    streams = _streams(dataset, layout)
    for number in range(1, layout.frames + 1):
        with _undecodable(number):
            stream = next(streams, None)
            if stream is None:
                raise NoPicture(NoPictureReason.UNDECODABLE, "it is missing")
            if only not in (None, number):
                continue
            frame = _settled(decode(stream, layout), layout, number)
        yield frame


def _streams(dataset: Dataset, layout: PixelLayout) -> Iterator[bytes]:
    offsets = _extended_offsets(dataset)
    return generate_frames(dataset.PixelData, number_of_frames=layout.frames, extended_offsets=offsets)


def _first_stream(dataset: Dataset, layout: PixelLayout) -> bytes:
    """Nothing when the frames cannot be told apart, which decoding them will tell."""
    try:
        return next(_streams(dataset, layout), b"")
    except Exception:  # pydicom raises what its readers raise
        return b""


def _more_frames(encapsulated: bytes, layout: PixelLayout) -> tuple[str, ...]:
    """Are there more compressed streams than frames? A frame may lie in several fragments, only one begins it."""
    try:
        _, places = parse_fragments(encapsulated)
    except Exception:  # pydicom raises what its readers raise
        return ()
    fragments = places[1:]  # the first item is the offset table
    if len(fragments) <= layout.frames:
        return ()
    begin = encapsulated[fragments[0] + 8 : fragments[0] + 10]
    streams = [place for place in fragments if encapsulated[place + 8 : place + 10] == begin]
    return (LONGER,) if len(streams) > layout.frames else ()


def _extended_offsets(dataset: Dataset) -> tuple[bytes, bytes] | None:
    offsets, lengths = element_of(dataset, "ExtendedOffsetTable"), element_of(dataset, "ExtendedOffsetTableLengths")
    if offsets is None or lengths is None or not offsets.value or len(offsets.value) != len(lengths.value or b""):
        return None
    return offsets.value, lengths.value


@contextmanager
def _undecodable(number: int) -> Iterator[None]:
    """Whatever a decoder raises says one thing: this frame cannot be decoded. Its text may quote the file: left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except NoPicture as known:
            raise NoPicture(known.reason, f"frame {number}: {known.detail}") from None
        except Exception as error:
            kind = type(error).__name__
            raise NoPicture(NoPictureReason.UNDECODABLE, f"frame {number}: the decoder failed ({kind})") from error


def _settled(decoded: Decoded, layout: PixelLayout, number: int) -> StoredFrame:
    """PS3.5 8.1.1: bits outside BitsStored may hold anything, old overlays among them; only the stored ones count."""
    values, bits = decoded.values, decoded.bits
    if values.dtype.kind != "f":
        kind = "u" if layout.bits_allocated == 1 else layout.kind
        width = values.dtype.itemsize * 8
        values = values.astype(f"<{kind}{width // 8}", copy=False)
        if layout.bits_allocated > 1 and bits < width:
            # Up to the top and down again: drops what is above, and draws the sign out of the highest stored bit.
            values = (values << (width - bits - decoded.shift)) >> (width - bits)
        values = values.astype(f"<{kind}{max(8, layout.bits_allocated) // 8}", copy=False)
    little = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    return StoredFrame(number, little, bits, decoded.photometric)

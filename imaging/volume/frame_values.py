"""The frames of one object as a volume takes them: stored values, the line to real ones, and which line that is."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset

from imaging.header.dicom_json import Document, has, items, number
from imaging.header.functional_groups import frame_documents
from imaging.pixels.color import draw_colour, draw_palette, read_palette
from imaging.pixels.display import display_rules
from imaging.pixels.frames import StoredFrame, stored_pixels
from imaging.pixels.grayscale import Modality
from imaging.pixels.layout import COLOUR, PALETTE
from imaging.sequence.diffusion import private_numbers

_PHILIPS_SCALE = (0x2005, "Philips MR Imaging DD 001", 0x0E)


class ValueTransform(StrEnum):
    """What leads from stored to real values."""

    NONE = "NONE"
    RESCALE = "RESCALE"
    MODALITY_LUT = "MODALITY_LUT"
    PHILIPS_PRECISE = "PHILIPS_PRECISE"
    RWV = "RWV"


@dataclass(frozen=True)
class FrameValues:
    """Real value = `slope` · value + `intercept`; `values` of shape (rows, columns), or (rows, columns, 3) of RGB."""

    frame: int
    values: npt.NDArray[Any]
    slope: float = 1.0
    intercept: float = 0.0
    transform: ValueTransform = ValueTransform.NONE


def frame_values(dataset: Dataset, document: Document) -> Iterator[FrameValues]:
    """In frame order, one in memory at a time; `document` is the same object's header. Raises NoPicture."""
    pixels = stored_pixels(dataset)
    headers = frame_documents(document)
    layout = pixels.layout
    palette = read_palette(dataset, layout.bits_stored, layout.signed) if layout.photometric == PALETTE else None
    for frame in pixels.frames:
        if palette is not None:
            yield FrameValues(frame.number, draw_palette(frame.values, palette))
        elif layout.photometric in COLOUR:
            yield FrameValues(frame.number, draw_colour(frame.values, frame.bits, frame.photometric))
        else:
            header = headers[frame.number - 1] if frame.number <= len(headers) else headers[-1]
            yield _grey(frame, header, display_rules(dataset, layout, frame.number).modality)


def _grey(frame: StoredFrame, header: Document, modality: Modality) -> FrameValues:
    if modality.lut is not None:
        real = modality.apply(frame.values).astype(np.float32)
        return FrameValues(frame.number, real, transform=ValueTransform.MODALITY_LUT)
    scale = private_numbers(header, *_PHILIPS_SCALE)
    if scale and scale[0] > 0:
        # Rescaled for display on the console; what was measured is (RS · SV + RI) / (RS · SS): Chenevert 2014.
        slope, intercept = 1 / scale[0], modality.intercept / (modality.slope * scale[0])
        return FrameValues(frame.number, frame.values, slope, intercept, ValueTransform.PHILIPS_PRECISE)
    if modality == Modality() and not has(header, "RescaleSlope"):
        return _real_world(frame, header)
    transform = ValueTransform.RESCALE if has(header, "RescaleSlope") else ValueTransform.NONE
    return FrameValues(frame.number, frame.values, modality.slope, modality.intercept, transform)


def _real_world(frame: StoredFrame, header: Document) -> FrameValues:
    """PS3.3 C.7.6.16.2.11: the line of the first real world value mapping, where nothing rescales."""
    for mapping in [*items(header, "RealWorldValueMappingSequence")[:1], header]:
        slope, intercept = number(mapping, "RealWorldValueSlope"), number(mapping, "RealWorldValueIntercept")
        if slope:
            return FrameValues(frame.number, frame.values, slope, intercept or 0.0, ValueTransform.RWV)
    return FrameValues(frame.number, frame.values)

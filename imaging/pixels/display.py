"""What a data set says about showing one frame: rescale, tables, window, padding; own before shared before general."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pydicom import Dataset

from imaging.pixels.dataset import first_number, first_text, items_of
from imaging.pixels.grayscale import Modality
from imaging.pixels.layout import PixelLayout
from imaging.pixels.luts import Lut, read_lut
from imaging.pixels.voi import Window, usable_window

_RT_DOSE = "1.2.840.10008.5.1.4.1.1.481.2"
# XA, XRF and the retired bi-plane XA: their modality LUT leads back to intensities (PS3.3 C.8.7.1.1.2).
_INTENSITY_CLASSES = frozenset(f"1.2.840.10008.5.1.4.1.1.12.{number}" for number in (1, 2, 3))


@dataclass(frozen=True)
class DisplayRules:
    """`voi` is None when the data set gives none that can be used; `notes` name what was put aside."""

    modality: Modality
    voi: Lut | Window | None
    padding: tuple[float, float] | None
    notes: tuple[str, ...]


def display_rules(dataset: Dataset, layout: PixelLayout, frame: int) -> DisplayRules:
    """The rules for frame `frame` (from 1). Numbers that make no sense are put aside with a note, never raised."""
    notes: list[str] = []
    modality = _modality(dataset, layout, frame, notes)
    return DisplayRules(
        modality, _voi(dataset, layout, modality, frame, notes), _padding(dataset, layout), tuple(notes)
    )


def _modality(dataset: Dataset, layout: PixelLayout, frame: int, notes: list[str]) -> Modality:
    sop_class = first_text(dataset, "SOPClassUID")
    if sop_class == _RT_DOSE:
        return _dose(dataset, notes)
    for item in items_of(dataset, "ModalityLUTSequence")[:1]:
        if sop_class in _INTENSITY_CLASSES:
            notes.append("the modality LUT of XA and RF gives X-ray intensities, it is not for display")
            break
        lut = read_lut(item, "LUTDescriptor", "LUTData", layout.signed)
        if lut is not None:
            return Modality(lut=lut)
        notes.append("the modality LUT is empty or contradictory, not used")
    for source in _sources(dataset, "PixelValueTransformationSequence", frame):
        slope, intercept = first_number(source, "RescaleSlope"), first_number(source, "RescaleIntercept")
        if slope is None and intercept is None:
            continue
        line = Modality(1.0 if slope is None else slope, intercept or 0.0)
        if np.isfinite([line.slope, line.intercept]).all() and line.slope != 0:
            return line
        notes.append("rescale slope or intercept makes no sense, not used")
    return Modality()


def _dose(dataset: Dataset, notes: list[str]) -> Modality:
    """PS3.3 C.8.8.3: dose is the stored value times Dose Grid Scaling."""
    scaling = first_number(dataset, "DoseGridScaling")
    if scaling is None or not np.isfinite(scaling) or scaling == 0:
        notes.append("the dose grid scaling is missing or makes no sense, the values are stored ones")
        return Modality()
    return Modality(scaling)


def _voi(
    dataset: Dataset, layout: PixelLayout, modality: Modality, frame: int, notes: list[str]
) -> Lut | Window | None:
    is_signed = layout.signed or modality.intercept < 0
    sources = list(_sources(dataset, "FrameVOILUTSequence", frame))
    for item in [item for source in sources for item in items_of(source, "VOILUTSequence")[:1]]:
        lut = read_lut(item, "LUTDescriptor", "LUTData", is_signed)
        if lut is not None:
            return lut
        notes.append("the VOI LUT is empty or contradictory, not used")
    for source in sources:
        center, width = first_number(source, "WindowCenter"), first_number(source, "WindowWidth")
        if center is None or width is None:
            continue
        window = usable_window(center, width, first_text(source, "VOILUTFunction").upper(), layout.kind == "f")
        if window is not None:
            return window
        notes.append("the window makes no sense, not used")
    return None


def _sources(dataset: Dataset, group: str, frame: int) -> Iterator[Dataset]:
    """Where a frame's attributes stand (PS3.3 C.7.6.16): its own group, the shared group, the data set itself."""
    per_frame = items_of(dataset, "PerFrameFunctionalGroupsSequence")
    yield from items_of(per_frame[frame - 1], group)[:1] if frame <= len(per_frame) else ()
    for shared in items_of(dataset, "SharedFunctionalGroupsSequence")[:1]:
        yield from items_of(shared, group)[:1]
    yield dataset


def _padding(dataset: Dataset, layout: PixelLayout) -> tuple[float, float] | None:
    """PS3.3 C.7.5.1.1.2: one stored value, or all from it to the range limit."""
    prefix = {"FloatPixelData": "Float", "DoubleFloatPixelData": "DoubleFloat"}.get(layout.keyword, "")
    value = first_number(dataset, f"{prefix}PixelPaddingValue")
    if value is None or not np.isfinite(value):
        return None
    limit = first_number(dataset, f"{prefix}PixelPaddingRangeLimit")
    ends = [_stored(end, layout) for end in (value, value if limit is None or not np.isfinite(limit) else limit)]
    return min(ends), max(ends)


def _stored(value: float, layout: PixelLayout) -> float:
    """A padding value as the value it is: its 16-bit word has the sign of the pixels, also where US is written.

    It is never cut to BitsStored: what no stored value can be pads nothing (C.7.5.1.1.2).
    """
    is_word = layout.kind == "i" and (1 << 15) <= value < (1 << 16)
    return value - (1 << 16) if is_word else value

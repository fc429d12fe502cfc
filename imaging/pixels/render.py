"""Draw the pictures of a DICOM object: one PNG per frame, and with each what was used to draw it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from pydicom import Dataset

from imaging.pixels.color import draw_colour, draw_palette, read_palette
from imaging.pixels.display import DisplayRules, display_rules
from imaging.pixels.frames import StoredFrame, StoredPixels, stored_pixels
from imaging.pixels.grayscale import GreyRecipe, Modality, draw_grey, is_padding
from imaging.pixels.layout import COLOUR, PALETTE, PixelLimits
from imaging.pixels.luts import Lut
from imaging.pixels.png import write_grey8, write_rgb
from imaging.pixels.voi import Range, Window, percentile_range

# Raise it with every change that makes another picture of the same bytes.
RENDERER_VERSION = "2"
_VOI_NAMES: dict[type, str] = {Lut: "VOI_LUT", Window: "WINDOW", Range: "PERCENTILE"}


class Digest(Protocol):
    """What hashlib gives."""

    def update(self, data: bytes | memoryview, /) -> None: ...


class Meter(Protocol):
    """What imaging.phase.intensity.BodyMeter does."""

    def add(self, stored: npt.NDArray[Any], modality: Modality) -> None: ...


@dataclass(frozen=True)
class Rendering:
    """How one frame was drawn; the same numbers on the same bytes draw it again.

    `voi` is VOI_LUT, WINDOW, PERCENTILE (`low` and `high` in modality values) or NONE (colour, one bit per pixel).
    """

    voi: str
    photometric: str
    function: str | None = None
    center: float | None = None
    width: float | None = None
    low: float | None = None
    high: float | None = None
    modality_lut: bool = False
    slope: float | None = None
    intercept: float | None = None
    inverted: bool = False
    padding: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    renderer: str = RENDERER_VERSION

    def as_json(self) -> dict[str, object]:
        """Plain values, every number finite; what does not apply is left out."""
        return {name: value for name, value in asdict(self).items() if value not in (None, ())}


@dataclass(frozen=True)
class Picture:
    """`frame` counts from 1; `width` and `height` are in pixels."""

    frame: int
    png: bytes
    rendering: Rendering
    width: int
    height: int


def render(
    dataset: Dataset, limits: PixelLimits | None = None, digest: Digest | None = None, meter: Meter | None = None
) -> Iterator[Picture]:
    """The pictures of `dataset` in frame order, one in memory at a time.

    `digest` (`hashlib.sha256()`) is fed the stored values of every frame on the way, little-endian: after the last
    picture it is the same for every lossless encoding of the image. `meter` is given every grey frame.
    NoPicture before or between pictures.
    """
    pixels = stored_pixels(dataset, limits)
    layout = pixels.layout
    palette = read_palette(dataset, layout.bits_stored, layout.signed) if layout.photometric == PALETTE else None
    for frame in pixels.frames:
        if digest is not None:
            digest.update(frame.values.data)
        if palette is not None:
            png = write_rgb(draw_palette(frame.values, palette))
            rendering = Rendering("NONE", PALETTE, notes=pixels.notes)
        elif layout.photometric in COLOUR:
            png = write_rgb(draw_colour(frame.values, frame.bits, frame.photometric))
            rendering = Rendering("NONE", frame.photometric, notes=pixels.notes)
        elif layout.bits_stored == 1:
            png, rendering = _black_and_white(frame, pixels.notes)
        else:
            png, rendering = _grey(dataset, pixels, frame, meter)
        yield Picture(frame.number, png, rendering, layout.columns, layout.rows)


def _black_and_white(frame: StoredFrame, notes: tuple[str, ...]) -> tuple[bytes, Rendering]:
    inverted = frame.photometric == "MONOCHROME1"
    recipe = GreyRecipe(Modality(), Range(0, 1), inverted, padding=None)
    rendering = Rendering("NONE", frame.photometric, inverted=inverted, notes=notes)
    return write_grey8(draw_grey(frame.values, recipe)), rendering


def _grey(dataset: Dataset, pixels: StoredPixels, frame: StoredFrame, meter: Meter | None) -> tuple[bytes, Rendering]:
    rules = display_rules(dataset, pixels.layout, frame.number)
    if meter is not None:
        meter.add(frame.values, rules.modality)
    voi = rules.voi or _found_range(frame, rules)
    recipe = GreyRecipe(rules.modality, voi, frame.photometric == "MONOCHROME1", rules.padding)
    return write_grey8(draw_grey(frame.values, recipe)), _explained(recipe, frame, pixels.notes + rules.notes)


def _found_range(frame: StoredFrame, rules: DisplayRules) -> Range:
    """No window given: from the 0.5th to the 99.5th percentile of what is image."""
    used = np.isfinite(frame.values) if frame.values.dtype.kind == "f" else None
    if rules.padding is not None:
        image = ~is_padding(frame.values, rules.padding)
        used = image if used is None else used & image
    ends = np.array(percentile_range(frame.values, used))
    # Kept finite, also when an absurd slope overflows: the numbers are stored as JSON.
    low, high = sorted(np.nan_to_num(rules.modality.apply(ends)).tolist())
    return Range(low, high)


def _explained(recipe: GreyRecipe, frame: StoredFrame, notes: tuple[str, ...]) -> Rendering:
    modality, voi = recipe.modality, recipe.voi
    # A window's and a range's own numbers have the names they have in a Rendering.
    numbers: dict[str, Any] = {} if isinstance(voi, Lut) else asdict(voi)
    return Rendering(
        voi=_VOI_NAMES[type(voi)],
        photometric=frame.photometric,
        modality_lut=modality.lut is not None,
        slope=None if modality.lut else modality.slope,
        intercept=None if modality.lut else modality.intercept,
        inverted=recipe.inverted,
        padding=recipe.padding,
        notes=notes,
        **numbers,
    )

"""How the pixels of one object are laid out, believed only after every attribute and every size was checked.

PS3.3 C.7.6.3 (Image Pixel), C.7.6.6 (Multi-frame), PS3.5 8.2 (native and encapsulated).
"""

from dataclasses import dataclass

from pydicom import Dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from imaging.pixels.dataset import element_of, first_text
from imaging.pixels.errors import NoPicture, NoPictureReason

PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})
COLOUR = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"})
PALETTE = "PALETTE COLOR"
_NATIVE = frozenset(
    {ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian}
)


@dataclass(frozen=True)
class PixelLimits:
    """Decoded sizes in bytes above which an image is not decoded."""

    frame_bytes: int = 256 << 20
    total_bytes: int = 4 << 30


@dataclass(frozen=True)
class PixelLayout:
    keyword: str
    transfer_syntax: UID
    rows: int
    columns: int
    frames: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    planar: bool
    photometric: str

    @property
    def frame_pixels(self) -> int:
        return self.rows * self.columns

    @property
    def frame_bits(self) -> int:
        """Bits of one native frame; frames of one-bit pixels follow each other without padding (PS3.5 8.1.1)."""
        # PS3.3 C.7.6.3.1.2: in YBR_FULL_422 two pixels share one pair of colour samples.
        samples = 2 if self.photometric == "YBR_FULL_422" and not self.is_encapsulated else self.samples
        return self.frame_pixels * samples * self.bits_allocated

    @property
    def decoded_frame_bytes(self) -> int:
        return self.frame_pixels * self.samples * max(1, self.bits_allocated // 8)

    @property
    def frame_shape(self) -> tuple[int, ...]:
        return (self.rows, self.columns, self.samples) if self.samples > 1 else (self.rows, self.columns)

    @property
    def kind(self) -> str:
        """numpy's letter for a value: f, i or u."""
        return "f" if self.keyword != "PixelData" else "i" if self.signed else "u"

    @property
    def is_encapsulated(self) -> bool:
        return self.transfer_syntax not in _NATIVE


def read_layout(dataset: Dataset, limits: PixelLimits) -> PixelLayout:
    """The layout of this object's pixels, sizes within `limits`; nothing is allocated.

    Raises NoPicture: no_pixels, unsupported_transfer_syntax, unsupported_photometric, bad_pixel_description, size.
    """
    keyword = _pixel_keyword(dataset)
    samples = _whole(dataset, "SamplesPerPixel", default=1)
    photometric = _photometric(dataset, samples)
    bits_allocated, bits_stored, high_bit = _bits(dataset, keyword)
    layout = PixelLayout(
        keyword=keyword,
        transfer_syntax=_transfer_syntax(dataset),
        rows=_whole(dataset, "Rows"),
        columns=_whole(dataset, "Columns"),
        # C.7.6.6.1.1 allows no 0; who writes it has one frame.
        frames=_whole(dataset, "NumberOfFrames", vr="IS", default=1, least=0) or 1,
        samples=samples,
        bits_allocated=bits_allocated,
        bits_stored=bits_stored,
        high_bit=high_bit,
        signed=_flag(dataset, "PixelRepresentation"),
        planar=samples > 1 and _flag(dataset, "PlanarConfiguration"),
        photometric=photometric,
    )
    check_limits(layout, limits)
    return layout


def _pixel_keyword(dataset: Dataset) -> str:
    for keyword in PIXEL_KEYWORDS:
        element = element_of(dataset, keyword)
        if element is not None and element.value:
            if not isinstance(element.value, bytes):
                raise _bad(f"{keyword} is not a string of bytes")
            return keyword
    raise NoPicture(NoPictureReason.NO_PIXELS, "the object carries no pixel data")


def _transfer_syntax(dataset: Dataset) -> UID:
    declared = first_text(getattr(dataset, "file_meta", None) or Dataset(), "TransferSyntaxUID")
    if declared:
        if not UID(declared).is_valid:  # Later it is named in a message; anything may stand there.
            raise NoPicture(NoPictureReason.UNSUPPORTED_TRANSFER_SYNTAX, "the transfer syntax is no UID")
        return UID(declared)
    # A bare data set has no file meta group; the reader has found out how it is written.
    implicit, _ = dataset.original_encoding
    return ExplicitVRLittleEndian if implicit is False else ImplicitVRLittleEndian


def _photometric(dataset: Dataset, samples: int) -> str:
    photometric = first_text(dataset, "PhotometricInterpretation").upper()
    if photometric not in GREY | COLOUR | {PALETTE}:
        raise NoPicture(
            NoPictureReason.UNSUPPORTED_PHOTOMETRIC, "PhotometricInterpretation is missing or not supported"
        )
    if samples != (3 if photometric in COLOUR else 1):
        raise _bad(f"{photometric} does not go with {samples} samples per pixel")
    return photometric


def _bits(dataset: Dataset, keyword: str) -> tuple[int, int, int]:
    if keyword != "PixelData":
        # PS3.3 C.7.6.24, C.7.6.25: floating point pixels use every bit.
        width = 32 if keyword == "FloatPixelData" else 64
        return width, width, width - 1
    allocated = _whole(dataset, "BitsAllocated")
    stored = _whole(dataset, "BitsStored", default=allocated)
    if allocated not in (1, 8, 16, 32) or stored > allocated:
        raise _bad("BitsAllocated and BitsStored do not go together")
    high = _whole(dataset, "HighBit", default=stored - 1, least=0)
    return allocated, stored, high if stored - 1 <= high < allocated else stored - 1


def _whole(dataset: Dataset, keyword: str, vr: str = "US", default: int | None = None, least: int = 1) -> int:
    """One whole number of exactly this VR: a wrong VR once let a length be read as another one (CVE-2026-5442)."""
    element = element_of(dataset, keyword)
    if element is None or element.VM == 0:
        if default is None or (element is None and keyword in dataset):
            raise _bad(f"{keyword} is missing, empty or unreadable")
        return default
    if str(element.VR) != vr or element.VM != 1:
        raise _bad(f"{keyword} is not a single {vr}")
    try:
        value = int(element.value)
    except (ValueError, TypeError, OverflowError):
        raise _bad(f"{keyword} is not a number") from None
    if value < least:
        raise _bad(f"{keyword} is zero or negative")
    return value


def _flag(dataset: Dataset, keyword: str) -> bool:
    value = _whole(dataset, keyword, default=0, least=0)
    if value > 1:
        raise _bad(f"{keyword} is neither 0 nor 1")
    return value == 1


def check_limits(layout: PixelLayout, limits: PixelLimits) -> None:
    """Raises NoPicture: size."""
    if layout.decoded_frame_bytes > limits.frame_bytes:
        raise NoPicture(NoPictureReason.SIZE, "a decoded frame is over the limit")
    if layout.decoded_frame_bytes * layout.frames > limits.total_bytes:
        raise NoPicture(NoPictureReason.SIZE, "the decoded frames together are over the limit")


def _bad(detail: str) -> NoPicture:
    return NoPicture(NoPictureReason.BAD_PIXEL_DESCRIPTION, detail)

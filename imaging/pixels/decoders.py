"""One compressed frame to its stored values; the header is held against the description before anything is decoded."""

import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gdcm
import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom import uid
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder

from imaging.pixels.codestream import (
    FrameHeader,
    j2k_header,
    jpeg_header,
    rle_data_end,
    rle_segments,
    whole_j2k,
    whole_jpeg,
)
from imaging.pixels.errors import NoPicture, NoPictureReason
from imaging.pixels.layout import COLOUR, PixelLayout, PixelLimits, check_limits
from imaging.pixels.native import native_frame

Values = npt.NDArray[Any]
DEFLATED_FRAMES = uid.UID("1.2.840.10008.1.2.8.1")
_JPEG_2000 = {*uid.JPEG2000TransferSyntaxes, uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K}
# Retired JPEG processes 6, 8, 10 and 12: still in old archives, and the library reads them.
_PROGRESSIVE = frozenset({uid.UID("1.2.840.10008.1.2.4.53"), uid.UID("1.2.840.10008.1.2.4.55")})
_LOSSLESS = 0xC3
_ZEROS_OF_A_SCAN = 5  # whole bytes, and the case of none


@dataclass(frozen=True)
class Decoded:
    """`values` of shape (rows, columns) or (rows, columns, 3), of which `bits` count, the lowest at bit `shift`."""

    values: Values
    bits: int
    photometric: str
    shift: int = 0


def encoded_layout(layout: PixelLayout, stream: bytes, limits: PixelLimits) -> tuple[PixelLayout, tuple[str, ...]]:
    """The layout a JPEG 2000 frame really has where its stream contradicts the data set, and notes on that.

    The stream decides the number of samples, their depth, and that they are signed; that they are not is often said of
    two's complement. Raises NoPicture: size.
    """
    if layout.transfer_syntax not in _JPEG_2000:
        return layout, ()
    try:
        header = j2k_header(stream)
    except ValueError:
        return layout, ()
    depth = max(layout.bits_allocated, next((bits for bits in (8, 16, 32) if header.precision <= bits), 0))
    photometric = layout.photometric
    if header.samples != layout.samples and header.samples in (1, 3):
        photometric = "MONOCHROME2" if header.samples == 1 else "RGB"
    encoded = replace(
        layout,
        samples=header.samples if header.samples in (1, 3) else layout.samples,
        photometric=photometric,
        bits_allocated=depth,
        bits_stored=max(layout.bits_stored, min(header.precision, depth)),
        signed=layout.signed or header.is_signed,
    )
    check_limits(encoded, limits)
    is_transformed = layout.photometric in ("YBR_ICT", "YBR_RCT", *(("RGB",) if header.is_transformed else ()))
    if encoded == layout and (layout.samples == 1 or is_transformed == header.is_transformed):
        return layout, ()
    return encoded, ("the JPEG 2000 stream contradicts the description of the pixels; the stream decides",)


def find_decoder(transfer_syntax: uid.UID) -> Callable[[bytes, PixelLayout], Decoded]:
    """The decoder of one frame in this encoding. NoPicture(unsupported_transfer_syntax) when there is none.

    A decoder raises NoPicture(size) when the codestream's own header is at odds with the description, and whatever
    its library raises when the stream is damaged.
    """
    if transfer_syntax in uid.JPEGTransferSyntaxes or transfer_syntax in _PROGRESSIVE:
        return _jpeg
    if transfer_syntax in uid.JPEGLSTransferSyntaxes:
        return _jpeg_ls
    if transfer_syntax in _JPEG_2000:
        return _jpeg_2000
    if transfer_syntax == uid.RLELossless:
        return _rle
    if transfer_syntax == DEFLATED_FRAMES:
        return _deflated
    raise NoPicture(NoPictureReason.UNSUPPORTED_TRANSFER_SYNTAX, f"no decoder for transfer syntax {transfer_syntax}")


def _jpeg(stream: bytes, layout: PixelLayout) -> Decoded:
    header = jpeg_header(stream)
    _check(header, layout)
    stream = _whole(whole_jpeg, stream)
    raw = _pillow(stream, header) if header.precision == 8 and header.marker != _LOSSLESS else _gdcm(stream, header)
    values = np.frombuffer(raw, "<u1" if header.precision <= 8 else "<u2").reshape(layout.frame_shape)
    return Decoded(values, min(header.precision, layout.bits_stored), _jpeg_photometric(header, layout))


def _pillow(stream: bytes, header: FrameHeader) -> bytes:
    image = Image.open(io.BytesIO(stream), formats=("JPEG",))
    if header.samples == 3 and not _stored_as_rgb(header):
        image.draft("YCbCr", image.size)  # The components as they are: we convert once, ourselves.
    return image.tobytes()


def _gdcm(stream: bytes, header: FrameHeader) -> bytes:
    """JPEG with 12 or 16 bits, and lossless JPEG. pydicom keeps GDCM from 12-bit frames, which it reads well."""
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(stream)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((header.columns, header.rows, 1))
    image.SetDataElement(element)
    colour = gdcm.PhotometricInterpretation.RGB if header.samples == 3 else gdcm.PhotometricInterpretation.MONOCHROME2
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(colour))
    lossless = header.marker == _LOSSLESS
    syntax = gdcm.TransferSyntax.JPEGLosslessProcess14 if lossless else gdcm.TransferSyntax.JPEGExtendedProcess2_4
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    allocated = 8 if header.precision <= 8 else 16
    bits = header.precision
    image.SetPixelFormat(gdcm.PixelFormat(header.samples, allocated, bits, bits - 1, 0))
    # GDCM hands its bytes over as a Python string.
    return bytes(image.GetBuffer().encode("utf-8", "surrogateescape"))


def _stored_as_rgb(header: FrameHeader) -> bool:
    """Does the stream say its components are RGB? So libjpeg decides, and so may we."""
    if header.is_jfif:
        return False
    if header.adobe_transform is not None:
        return header.adobe_transform == 0
    return header.component_ids in (b"RGB", b"rgb")


def _jpeg_photometric(header: FrameHeader, layout: PixelLayout) -> str:
    """The colour space of the decoded samples: the stream's own word first, else the data set's."""
    if header.samples != 3 or header.marker == _LOSSLESS:
        return layout.photometric
    if _stored_as_rgb(header):
        return "RGB"
    return "YBR_FULL" if header.is_jfif or header.adobe_transform else layout.photometric


def _jpeg_ls(stream: bytes, layout: PixelLayout) -> Decoded:
    header = jpeg_header(stream)
    _check(header, layout)
    stream = _whole(whole_jpeg, stream)
    try:
        values = _by_pydicom(stream, layout, "pyjpegls")
    except RuntimeError:
        values = _without_zeros(stream, layout)
    return Decoded(values, header.precision, layout.photometric)


def _without_zeros(stream: bytes, layout: PixelLayout) -> Values:
    """Some writers put zero bytes between the last scan and the end marker, which the library takes for values.

    A scan itself may end in a few: T.87 A.5.3 codes a value with less than 32 zero bits in a row.
    """
    scan, end = stream[:-2].rstrip(b"\0"), stream[-2:]
    zeros = len(stream) - 2 - len(scan)
    for kept in range(min(zeros, _ZEROS_OF_A_SCAN)):
        try:
            return _by_pydicom(scan + bytes(kept) + end, layout, "pyjpegls")
        except RuntimeError:
            continue
    raise ValueError("a damaged JPEG-LS scan")


def _jpeg_2000(stream: bytes, layout: PixelLayout) -> Decoded:
    header = j2k_header(stream)
    _check(header, layout)
    values = _by_pydicom(_whole(whole_j2k, stream), layout, "pylibjpeg")
    return Decoded(values, header.precision, _j2k_photometric(header, layout))


def _j2k_photometric(header: FrameHeader, layout: PixelLayout) -> str:
    """The library turns back what the stream says it transformed, whatever the data set calls its colours.

    YBR_ICT and YBR_RCT name that transformation: in a stream without it the components are what they are.
    """
    is_rgb = header.is_transformed or layout.photometric in ("YBR_ICT", "YBR_RCT")
    return "RGB" if is_rgb and layout.samples == 3 else layout.photometric


def _rle(stream: bytes, layout: PixelLayout) -> Decoded:
    lengths = rle_segments(stream)
    if len(lengths) != layout.samples * max(1, layout.bits_allocated // 8):
        raise NoPicture(NoPictureReason.SIZE, "the RLE frame has another number of segments than the description")
    # PS3.5 G.3: at worst a literal run of one byte each, two bytes for every pixel; more can only be a bomb.
    if max(lengths[:-1], default=0) > 2 * layout.frame_pixels + 2:
        raise NoPicture(NoPictureReason.SIZE, "an RLE segment is longer than the frame can need")
    # Bytes behind the runs of the last segment are padding, and the library knows of one.
    last = len(stream) - lengths[-1]
    try:
        values = _by_pydicom(stream[: rle_data_end(stream, last, layout.frame_pixels)], layout, "pylibjpeg")
    except BaseException as panic:
        # The library is Rust; its panic on a damaged run is no Exception and would end the worker.
        if type(panic).__name__ != "PanicException":
            raise
        raise ValueError("an RLE run beyond its segment") from None
    return Decoded(values, layout.bits_stored, layout.photometric, _shift(layout))


def _deflated(stream: bytes, layout: PixelLayout) -> Decoded:
    """PS3.5 A.4.13: each frame is deflated by itself."""
    needed = -(-layout.frame_bits // 8)
    raw = zlib.decompressobj(-zlib.MAX_WBITS).decompress(stream, needed + 1)
    return Decoded(native_frame(raw, layout, 0), layout.bits_stored, layout.photometric, _shift(layout))


def _by_pydicom(stream: bytes, layout: PixelLayout, plugin: str) -> Values:
    """Through pydicom's decoder with one named plug-in: a second one would give another picture."""
    options: dict[str, Any] = {
        "pixel_keyword": "PixelData",
        "rows": layout.rows,
        "columns": layout.columns,
        "number_of_frames": 1,
        "samples_per_pixel": layout.samples,
        "bits_allocated": layout.bits_allocated,
        "bits_stored": layout.bits_allocated,  # unused bits are cleared later, for every encoding alike
        "pixel_representation": int(layout.signed),
        "planar_configuration": int(layout.planar),
        "photometric_interpretation": "RGB" if layout.photometric in COLOUR else "MONOCHROME2",
    }
    source = encapsulate([stream], has_bot=False)
    values, _ = get_decoder(layout.transfer_syntax).as_array(
        source, index=0, raw=True, decoding_plugin=plugin, **options
    )
    return values


def _check(header: FrameHeader, layout: PixelLayout) -> None:
    described = (layout.rows, layout.columns, layout.samples)
    if (header.rows, header.columns, header.samples) != described or header.precision > layout.bits_allocated:
        raise NoPicture(NoPictureReason.SIZE, "the compressed frame's own header is at odds with the description")


def _whole(whole: Callable[[bytes], bytes], stream: bytes) -> bytes:
    """Decoders fill what is missing with grey and say nothing; half an image must not look like one."""
    try:
        return whole(stream)
    except ValueError:
        raise NoPicture(NoPictureReason.UNDECODABLE, "the compressed stream is cut before its end marker") from None


def _shift(layout: PixelLayout) -> int:
    return layout.high_bit + 1 - layout.bits_stored

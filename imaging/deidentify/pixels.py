"""Pixel data on its way out: what hides beside the samples goes, the samples stay as they are.

Comments and application segments of compressed frames (EXIF among them), bytes behind a frame's end, bytes behind the
last sample, and what lies in the unused bits of samples (deidentify_bits.py).
"""

from collections.abc import Callable

from pydicom import Dataset
from pydicom.encaps import encapsulate, generate_frames

from imaging.deidentify.unused_bits import CannotClean, frames_without_unused_bits, native_without_unused_bits

_JPEG_2000 = ("1.2.840.10008.1.2.4.9", "1.2.840.10008.1.2.4.20")
_JPEG = ("1.2.840.10008.1.2.4.5", "1.2.840.10008.1.2.4.6", "1.2.840.10008.1.2.4.7", "1.2.840.10008.1.2.4.8")
_RLE = "1.2.840.10008.1.2.5"
# Application segments a decoder needs: JFIF, the colour transform of JPEG-LS, Adobe's colour transform.
_JFIF, _JPEG_LS_COLOUR, _ADOBE = 0xE0, 0xE8, 0xEE
_PLAIN_JFIF_BYTES = 16


def clean_pixels(dataset: Dataset, transfer_syntax_uid: str) -> None:
    """In place. Raises CannotClean."""
    if "PixelData" not in dataset:
        return
    if not dataset["PixelData"].is_undefined_length:
        _clean_native(dataset)
    elif transfer_syntax_uid.startswith(_JPEG_2000):
        _clean_frames(dataset, transfer_syntax_uid, _without_comments_2000)
    elif transfer_syntax_uid.startswith(_JPEG):
        _clean_frames(dataset, transfer_syntax_uid, _without_comments)
    elif transfer_syntax_uid == _RLE:
        _clean_frames(dataset, transfer_syntax_uid, bytes)
    else:
        raise CannotClean("Compressed frames of this transfer syntax are not looked into.")


def _clean_native(dataset: Dataset) -> None:
    value = bytes(dataset.PixelData)
    bits = int(dataset.BitsAllocated)
    frames = max(1, int(dataset.get("NumberOfFrames") or 1))
    samples = int(dataset.Rows) * int(dataset.Columns) * int(dataset.SamplesPerPixel) * frames
    if dataset.get("PhotometricInterpretation") == "YBR_FULL_422":
        if len(value) >= (samples * bits + 7) // 8:
            # Declared, but not subsampled, as pictures are drawn of it; whoever reads it next shall not have to guess.
            dataset.PhotometricInterpretation = "YBR_FULL"
        else:
            samples = samples // 3 * 2
    size = (samples * bits + 7) // 8
    if len(value) < size:
        raise CannotClean("The pixel data is shorter than described.")
    cut = native_without_unused_bits(dataset, value[:size])
    if cut != value[: len(cut)] or len(value) > size + (size & 1):
        dataset["PixelData"].value = cut + b"\0" * (len(cut) & 1)


def _clean_frames(dataset: Dataset, transfer_syntax_uid: str, clean: Callable[[bytes], bytes]) -> None:
    count = max(1, int(dataset.get("NumberOfFrames") or 1))
    try:
        frames = list(generate_frames(bytes(dataset.PixelData), number_of_frames=count))
    except (ValueError, RuntimeError, EOFError, AttributeError):
        raise CannotClean("The compressed frames cannot be told apart.") from None
    cleaned = frames_without_unused_bits(dataset, transfer_syntax_uid, [clean(frame) for frame in frames])
    dataset["PixelData"].value = encapsulate(cleaned, has_bot=True)
    for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if keyword in dataset:
            delattr(dataset, keyword)


def _without_comments(frame: bytes) -> bytes:
    """A JPEG or JPEG-LS stream (ISO 10918-1 B.1, ISO 14495-1 C.1) from its start to its end of image."""
    if frame[:2] != b"\xff\xd8":
        raise CannotClean("A compressed frame does not begin as one.")
    kept, place = [frame[:2]], 2
    while place + 4 <= len(frame):
        marker = frame[place + 1]
        if frame[place] != 0xFF:
            raise CannotClean("A compressed frame is not made of segments.")
        if marker == 0xFF:  # fill byte
            place += 1
            continue
        if marker == 0xD9:
            break
        end = place + 2 + int.from_bytes(frame[place + 2 : place + 4])
        if marker == 0xDA:
            end = _end_of_scan(frame, end)
        if not _is_told_by(marker, end - place - 2):
            kept.append(frame[place:end])
        place = end
    return b"".join([*kept, b"\xff\xd9"])


def _is_told_by(marker: int, length: int) -> bool:
    if marker == _JFIF:
        return length != _PLAIN_JFIF_BYTES  # anything more is a thumbnail
    return marker == 0xFE or (0xE0 <= marker <= 0xEF and marker not in (_JPEG_LS_COLOUR, _ADOBE))


def _end_of_scan(frame: bytes, place: int) -> int:
    """Where the next marker stands behind entropy-coded bytes; restart markers and stuffed bytes belong to them."""
    while True:
        place = frame.find(b"\xff", place)
        if place < 0 or place + 1 >= len(frame):
            return len(frame)
        after = frame[place + 1]
        if after == 0xFF:
            place += 1
        elif after < 0x80 or 0xD0 <= after <= 0xD7:
            place += 2
        else:
            return place


def _without_comments_2000(frame: bytes) -> bytes:
    """A JPEG 2000 codestream (ISO 15444-1 A): comments of the main header and of tile-parts are left out."""
    if frame[:2] != b"\xff\x4f":
        raise CannotClean("A compressed frame does not begin as a codestream.")
    kept, place = [frame[:2]], 2
    while True:
        marker, end = _segment(frame, place)
        if marker == 0x90:
            break
        if marker != 0x64:
            kept.append(frame[place:end])
        place = end
    while frame[place : place + 2] == b"\xff\x90":
        part, place = _tile_part(frame, place)
        kept.append(part)
    return b"".join([*kept, b"\xff\xd9"])


def _tile_part(frame: bytes, place: int) -> tuple[bytes, int]:
    length = int.from_bytes(frame[place + 6 : place + 10])
    end = place + length if length else frame.rfind(b"\xff\xd9")
    if not place + 14 <= end <= len(frame):
        raise CannotClean("A tile of a compressed frame ends nowhere.")
    header, segments = place + 12, []
    while frame[header : header + 2] != b"\xff\x93":
        marker, behind = _segment(frame, header)
        if marker != 0x64:
            segments.append(frame[header:behind])
        header = behind
    body = b"".join(segments) + frame[header:end]
    size = (12 + len(body)).to_bytes(4) if length else bytes(4)
    return frame[place : place + 6] + size + frame[place + 10 : place + 12] + body, end


def _segment(frame: bytes, place: int) -> tuple[int, int]:
    if place + 4 > len(frame) or frame[place] != 0xFF:
        raise CannotClean("A compressed frame is not made of segments.")
    return frame[place + 1], place + 2 + int.from_bytes(frame[place + 2 : place + 4])

"""Files made to harm or confuse, each with the end it must come to: refused, no picture, or drawn all the same."""

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    BasicTextSRStorage,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

from tests.makers import ct_bytes, ct_dataset, file_bytes
from tests.unit.imaging import dicom_bytes as raw

Maker = Callable[[], bytes]
HUGE = 60_000
_LO, _UT, _SQ = 0x00081030, 0x0040A160, 0x00081140


@dataclass(frozen=True)
class Hostile:
    """`end` is what must become of it: a refusal's code, a reason for no picture, or "picture"."""

    make: Maker
    end: str


def _refused() -> Mapping[str, Hostile]:
    made: dict[str, tuple[bytes | Maker, str]] = {
        "empty": (b"", "empty"),
        "prose": (b"This is a letter, not an image. " * 40, "not_dicom"),
        "a program": (b"\x7fELF" + bytes(400), "not_dicom"),
        "a web page": (b"<html><script>alert(1)</script></html>" * 10, "not_dicom"),
        "zeros": (bytes(4096), "not_dicom"),
        "only DICM": (bytes(128) + b"DICM", "missing_uid"),
        "value beyond the end": (_with(raw.explicit(_LO, "LO", b"ab", 400)), "truncated"),
        "value of 4 GiB": (_with(raw.explicit(_UT, "UT", b"ab", 0xFFFFFFFE)), "truncated"),
        "undefined length of text": (_with(raw.explicit(_UT, "UT", b"ab", raw.UNDEFINED)), "bad_length"),
        "item beyond its sequence": (_with(raw.explicit(_SQ, "SQ", raw.item(b"", 10), 8)), "bad_length"),
        "pixels never closed": (_encapsulated(raw.item(b"") + raw.item(b"12")), "truncated"),
        "fragment beyond the end": (_encapsulated(raw.item(b"12", 400) + raw.SEQUENCE_END), "truncated"),
        "meta of 70 kB": (
            raw.part10(raw.uids(), extra_meta=raw.explicit(0x00020102, "OB", bytes(70_000))),
            "meta_too_large",
        ),
        "a million elements": (lambda: _with(raw.explicit(_LO, "LO", b"") * 250_000), "too_many_elements"),
        "deflated bomb": (_bomb, "inflates_too_much"),
        "deflated noise": (raw.part10(b"\xff" * 100, raw.DEFLATED), "bad_deflate"),
        "deflated and cut": (raw.deflated(raw.uids() + raw.pixels(4000))[:-9], "truncated"),
        "a directory of a medium": (_directory(), "dicomdir"),
        "no study": (ct_bytes(StudyInstanceUID=None), "missing_uid"),
        "two instances in one": (raw.part10(raw.uids() + raw.uids(instance="1.9") + raw.pixels()), "bad_uid"),
    }
    for wrong in ("abc", "../../etc/passwd", "1.2.03", "1..2", "1.2.3\n4", "%2e%2e", "1" * 65, "1.2.3\0.4"):
        made[f"UID {wrong!r:.20}"] = (_with_instance(wrong), "bad_uid")
    for depth in (65, 5_000, 100_000):
        for defined in (True, False):
            made[f"depth {depth} {defined}"] = (lambda d=depth, k=defined: _with(raw.nested(d, k)), "too_deep")  # type: ignore[misc]
    return {name: Hostile(_maker(body), end) for name, (body, end) in made.items()}


def _without_picture() -> Mapping[str, Hostile]:
    huge = {"Rows": HUGE, "Columns": HUGE}
    made: dict[str, tuple[bytes, str]] = {
        "huge and raw": (ct_bytes(**huge), "size"),
        "huge RLE": (
            _compressed(RLELossless, struct.pack("<16I", 2, 64, 66, *[0] * 13) + b"\x81\0" * 4, **huge),
            "size",
        ),
        "huge J2K": (_compressed(JPEG2000Lossless, _j2k(HUGE), **huge), "size"),
        "J2K that is larger than said": (_compressed(JPEG2000Lossless, _j2k(HUGE)), "size"),
        "JPEG that is larger than said": (_compressed(JPEGBaseline8Bit, _jpeg(HUGE, 0xC0), **_EIGHT), "size"),
        "JPEG-LS that is larger than said": (_compressed(JPEGLSLossless, _jpeg(HUGE, 0xF7), **_EIGHT), "size"),
        "RLE bomb": (_compressed(RLELossless, struct.pack("<16I", 2, 64, 9064, *[0] * 13) + b"\x81\0" * 9000), "size"),
        "pixels shorter than said": (ct_bytes(PixelData=bytes(100)), "size"),
        "a billion frames": (ct_bytes(NumberOfFrames=1_000_000_000), "size"),
        "noise as JPEG": (_compressed(JPEGBaseline8Bit, b"\x13\x37" * 300, **_EIGHT), "undecodable"),
        "noise as J2K": (_compressed(JPEG2000Lossless, b"\xff\x4f\xff\x51" + b"\x07" * 300), "size"),
        "unknown encoding": (
            _compressed(UID("1.2.840.10008.1.2.4.100"), b"\0\0\1\xb3" * 9),
            "unsupported_transfer_syntax",
        ),
        "no rows": (ct_bytes(Rows=0), "bad_pixel_description"),
        "17 bits": (ct_bytes(BitsAllocated=17), "bad_pixel_description"),
        "a colour of its own": (ct_bytes(PhotometricInterpretation="PLAID"), "unsupported_photometric"),
        "palette without tables": (ct_bytes(PhotometricInterpretation="PALETTE COLOR"), "bad_palette"),
        "a report": (_report(), "no_pixels"),
        "empty pixels": (ct_bytes(PixelData=b""), "no_pixels"),
    }
    return {name: Hostile(_maker(body), end) for name, (body, end) in made.items()}


def _drawn() -> Mapping[str, Hostile]:
    made: dict[str, bytes] = {
        "NaN in FD": _with_element("EventTimeOffset", "FD", float("nan")),
        "infinity in DS": _texts(SliceThickness=b"1e999 "),
        "U+0000 in text": _texts(StudyDescription=b"a\0b\0c "),
        "unknown character set": _texts(SpecificCharacterSet=b"KLINGON ", StudyDescription=b"qapl\xc3 "),
        "Korean said to be UTF-8": _texts(
            SpecificCharacterSet=b"ISO_IR 192", StudyDescription="조영전".encode("cp949")
        ),
        "a date of zeros": _texts(StudyDate=b"00000000", PatientBirthDate=b"99999999"),
        "five carets": ct_bytes(PatientName="a^b^c^d^e^f"),
        "a script for a name": ct_bytes(
            PatientName="<script>alert(1)</script>", StudyDescription='"><img src=x onerror=a()>'
        ),
        "window of no width": ct_bytes(WindowWidth=0),
        "window of NaN": _texts(WindowCenter=b"NaN ", WindowWidth=b"inf "),
        "slope of NaN": _texts(RescaleSlope=b"NaN "),
        "number beyond IS": _texts(SeriesNumber=b"999999999999", InstanceNumber=b"-9e99"),
        "orientation of nowhere": ct_bytes(ImageOrientationPatient=[0, 0, 0, 0, 0, 0]),
        "private block of nobody": _with_raw(raw.explicit(0x00191001, "LO", b"who?")),
        "program in the preamble": b"MZ" + b"\x90" * 126 + ct_bytes()[128:],
        "meta of another instance": _other_meta(),
    }
    return {name: Hostile(_maker(body), "picture") for name, body in made.items()}


_EIGHT: dict[str, Any] = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}


def _maker(body: bytes | Maker) -> Maker:
    return (lambda: body) if isinstance(body, bytes) else body


def _with(elements: bytes) -> bytes:
    return raw.part10(raw.uids(instance=generate_uid()) + elements + raw.pixels())


def _with_instance(instance: str) -> bytes:
    return raw.part10(raw.uids(instance=instance) + raw.pixels())


def _encapsulated(fragments: bytes) -> bytes:
    pixels = raw.explicit(0x7FE00010, "OB", fragments, raw.UNDEFINED)
    return raw.part10(raw.uids(instance=generate_uid()) + pixels, JPEGBaseline8Bit)


def _bomb() -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    block = bytes(1 << 20)
    return raw.part10(b"".join(squeeze.compress(block) for _ in range(400)) + squeeze.flush(), raw.DEFLATED)


def _directory() -> bytes:
    return raw.part10(raw.uids(), extra_meta=raw.explicit(0x00020002, "UI", raw.uid("1.2.840.10008.1.3.10")))


def _compressed(syntax: UID, frame: bytes, **overrides: Any) -> bytes:
    dataset = ct_dataset(PixelData=encapsulate([frame]), **overrides)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return file_bytes(dataset)


def _j2k(side: int) -> bytes:
    """A codestream that is nothing but its claim to be `side` pixels wide and high."""
    size = struct.pack(">HHHIIIIIIIIH3B", 41, 0, 0, side, side, 0, 0, side, side, 0, 0, 1, 15, 1, 1)[2:]
    return b"\xff\x4f\xff\x51" + struct.pack(">H", 41) + size + bytes(800) + b"\xff\xd9"


def _jpeg(side: int, marker: int) -> bytes:
    frame = struct.pack(">HBHHB3B", 11, 8, side, side, 1, 1, 0x11, 0)
    scan = struct.pack(">HB2B3B", 8, 1, 1, 0, 0, 63, 0)
    return b"\xff\xd8\xff" + bytes([marker]) + frame + b"\xff\xda" + scan + bytes(200) + b"\xff\xd9"


def _report() -> bytes:
    pixels = ("Rows", "Columns", "PixelData", "BitsAllocated", "BitsStored", "HighBit", "PhotometricInterpretation")
    dataset = ct_dataset(SOPClassUID=BasicTextSRStorage, Modality="SR", **dict.fromkeys(pixels))
    content = Dataset()
    content.ValueType = "TEXT"
    dataset.ContentSequence = [content]
    return file_bytes(dataset)


def _texts(**values: bytes) -> bytes:
    """Raw bytes in the place of elements' values, as a careless device writes them."""
    dataset = ct_dataset(SpecificCharacterSet="ISO_IR 100", StudyDescription="Chest")
    body = file_bytes(dataset)
    for keyword, value in values.items():
        element = dataset[keyword]
        head = struct.pack("<HH", element.tag.group, element.tag.element) + element.VR.encode()
        place = body.index(head)
        (length,) = struct.unpack_from("<H", body, place + 6)
        body = body[:place] + raw.explicit(element.tag, element.VR, value) + body[place + 8 + length :]
    return body


def _with_element(keyword: str, vr: str, value: Any) -> bytes:
    dataset = ct_dataset()
    dataset.add_new(keyword, vr, value)
    return file_bytes(dataset)


def _with_raw(element: bytes) -> bytes:
    """Between group 0018 and group 0020, where it would stand."""
    body = ct_bytes()
    place = body.index(raw.explicit(0x0020000D, "UI", b"")[:6])
    return body[:place] + element + body[place:]


def _other_meta() -> bytes:
    dataset = ct_dataset()
    dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    return file_bytes(dataset)


REFUSED, WITHOUT_PICTURE, DRAWN = _refused(), _without_picture(), _drawn()
ALL = {**REFUSED, **WITHOUT_PICTURE, **DRAWN}

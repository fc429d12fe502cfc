"""The data set that rendering needs, without the hundreds of elements it does not: reading those costs a third of it.

Its values are untrusted: absent and unreadable are answers, not exceptions.
"""

import io
import math
import mmap
import struct
import warnings
from collections.abc import Iterable, Sequence

from pydicom import DataElement, Dataset, dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from imaging.dicom.elements import SEQUENCE, SEQUENCE_END, UNDEFINED
from imaging.dicom.part10 import PREAMBLE, WalkedFile, walked_file

Elements = dict[BaseTag, DataElement | RawDataElement]

_IMAGE_GROUPS = (0x0028, 0x7FE0)  # PS3.3 C.7.6.3, C.11.1, C.11.2: how pixels lie and are shown; and the pixels
_DECIDING = frozenset({0x00080016, 0x3004000E})  # SOPClassUID and DoseGridScaling decide the modality step
_FUNCTIONAL_GROUPS = 0x5200  # PS3.3 C.7.6.16: the same per frame, in sequences
_IMAGE_TYPE, _MOSAIC_WORDS = 0x00080008, (b"MOSAIC", b"VFRAME")  # private elements say how these are cut
_PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)

# What pydicom raises while turning hostile bytes into a value.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, NotImplementedError, struct.error)


def pixel_dataset(body: bytes | mmap.mmap) -> Dataset:
    """What `render` makes the same pictures of as of the whole file read by pydicom. Raises Refusal.

    Uncompressed images without sequences of tables or frames, most of what there is, take the short way; a mosaic does
    not: private elements say how it is cut.
    """
    with walked_file(body) as file:
        elements = _image_elements(file)
        if elements is not None:
            return _dataset(elements, file)
        alone = data_set_alone(file)
    if alone is not None:
        return dcmread(io.BytesIO(alone))
    whole = body if isinstance(body, mmap.mmap) else io.BytesIO(body)
    whole.seek(0)
    return dcmread(whole, force=True)  # type: ignore[arg-type]  # a map reads and seeks as a file does


def data_set_alone(file: WalkedFile) -> bytes | None:
    """A file of the same data set without the bytes that follow it, which pydicom would read; None: there are none."""
    if file.walk.end == len(file.walk.body):
        return None
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(file.plain_syntax_uid)
    written = DicomBytesIO()
    written.write(bytes(PREAMBLE) + b"DICM")
    write_file_meta_info(written, meta, enforce_standard=False)
    written.write(file.walk.body[file.start : file.walk.end].tobytes())
    return written.getvalue()


def _image_elements(file: WalkedFile) -> Elements | None:
    """Those of the top level, as pydicom keeps them before they are looked at; None: pydicom shall read the file."""
    if file.transfer_syntax_uid not in _PLAIN or file.warnings or file.walk.oddities:
        return None
    found: Elements = {}
    implicit, view, depth = file.encoding.implicit, file.walk.body, 0
    for tag, vr, start, length in file.walk.elements:
        group = tag >> 16
        if vr == SEQUENCE:
            if group in _IMAGE_GROUPS or group == _FUNCTIONAL_GROUPS:
                return None
            depth += 1
        elif tag == SEQUENCE_END:
            depth -= 1
        elif tag == _IMAGE_TYPE and depth == 0:
            image_type = view[start : start + length].tobytes().upper()
            if any(word in image_type for word in _MOSAIC_WORDS):
                return None
        elif depth == 0 and (group in _IMAGE_GROUPS or tag in _DECIDING):
            if length == UNDEFINED:
                return None
            value = view[start : start + length].tobytes()
            key, written = BaseTag(tag), None if implicit else vr.decode("ascii")
            found[key] = RawDataElement(key, written, length, value, start, implicit, True)
    return found


def _dataset(elements: Elements, file: WalkedFile) -> Dataset:
    dataset = Dataset(elements)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(file.transfer_syntax_uid)
    dataset.set_original_encoding(file.encoding.implicit, True)
    return dataset


def element_of(dataset: Dataset, keyword: str) -> DataElement | None:
    """The element with this keyword, None when it is absent or cannot be read."""
    if keyword not in dataset:
        return None
    with warnings.catch_warnings():
        # A warning quotes the value, and the value may be about a patient.
        warnings.simplefilter("ignore")
        try:
            return dataset[keyword]
        except UNREADABLE:
            return None


def numbers_of(dataset: Dataset, keyword: str) -> list[float]:
    """All values as floats: empty when absent, `[nan]` when something stands there that is no number."""
    if keyword not in dataset:
        return []
    element = element_of(dataset, keyword)
    if element is None:
        return [math.nan]
    return _floats(_values(element))


def first_number(dataset: Dataset, keyword: str) -> float | None:
    """The first value as a float, None when absent or empty, nan when it is no number."""
    return next(iter(numbers_of(dataset, keyword)), None)


def first_text(dataset: Dataset, keyword: str) -> str:
    """The first value as trimmed text, "" when absent or unreadable."""
    element = element_of(dataset, keyword)
    values = _values(element) if element is not None else []
    return str(values[0]).strip(" \0") if values else ""


def texts_of(dataset: Dataset, keyword: str) -> list[str]:
    """All values as trimmed text, empty when absent or unreadable."""
    element = element_of(dataset, keyword)
    return [str(value).strip(" \0") for value in _values(element)] if element is not None else []


def items_of(dataset: Dataset, keyword: str) -> Sequence[Dataset]:
    """The items of a sequence; empty when it is absent or unreadable."""
    element = element_of(dataset, keyword)
    return element.value or [] if element is not None and element.VR == "SQ" else []


def _values(element: DataElement) -> Sequence[object]:
    if element.value is None or element.value == "":
        return []
    return element.value if element.VM > 1 else [element.value]


def _floats(values: Iterable[object]) -> list[float]:
    try:
        return [float(value) for value in values]  # type: ignore[arg-type]  # what is no number is answered below
    except UNREADABLE:
        return [math.nan]

"""The data set `render` needs, without the hundreds of elements it does not: reading those costs a third of drawing."""

import io
import mmap

from pydicom import DataElement, Dataset, dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from imaging.elements import SEQUENCE, SEQUENCE_END, UNDEFINED
from imaging.part10 import PREAMBLE, WalkedFile, walked_file

Elements = dict[BaseTag, DataElement | RawDataElement]

_IMAGE_GROUPS = (0x0028, 0x7FE0)  # PS3.3 C.7.6.3, C.11.1, C.11.2: how pixels lie and are shown; and the pixels
_DECIDING = frozenset({0x00080016, 0x3004000E})  # SOPClassUID and DoseGridScaling decide the modality step
_FUNCTIONAL_GROUPS = 0x5200  # PS3.3 C.7.6.16: the same per frame, in sequences
_IMAGE_TYPE, _MOSAIC_WORDS = 0x00080008, (b"MOSAIC", b"VFRAME")  # private elements say how these are cut
_PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)


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

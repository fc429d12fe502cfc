"""An object on its way out, with nobody's identity in it (PS3.15 Annex E; which options: profile.py).

What is not known to be harmless goes: elements the dictionary does not know, private ones but for a short list, text
but for known words, bulk data but for pixels and their tables. What is done is done in every item of every sequence.
"""

import io
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from pydicom import DataElement, Dataset, dcmread, dcmwrite
from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import dictionary_has_tag, dictionary_keyword
from pydicom.dataset import FileMetaDataset
from pydicom.tag import BaseTag
from pydicom.uid import UID

from imaging.deidentify.elements import Rules, Subject, clean_elements, tags_of, values_of
from imaging.deidentify.pixels import clean_pixels
from imaging.deidentify.profile import PROFILE_VERSION, TABLE_EDITION, profile
from imaging.deidentify.text import name_words
from imaging.deidentify.unused_bits import CannotClean
from imaging.dicom.part10 import UnusableUids, read_header, walked_file
from imaging.header.mosaic import is_mosaic, is_readable_as
from imaging.pixels.dataset import data_set_alone, texts_of
from imaging.pixels.frames import mosaic_header

__all__ = ["CannotClean", "MosaicLost", "Subject", "deidentify"]

# An arbitrary UID of ours under 2.25 (PS3.5 B.2): which program wrote the file.
_IMPLEMENTATION_UID = UID("2.25.263371836216450393131203346418921061429")
_IMPLEMENTATION = "RCDM"
_ROOT = "1.2.840.10008."
_OF_CLASSES = ("ClassUID", "TransferSyntaxUID")
# What names people, their numbers and their places: the words of these leave no text either.
_NAMING = frozenset(
    {
        "PatientID", "OtherPatientIDs", "AccessionNumber", "StudyID", "InstitutionName", "PatientAddress",
        "InstitutionalDepartmentName", "PatientBirthName", "MedicalRecordLocator", "DeviceSerialNumber",
        "InstitutionAddress", "PatientTelephoneNumbers", "ResponsibleOrganization", "Occupation",
    }
)  # fmt: skip
_METHODS = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113105", "Clean Descriptors Option"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    ("113111", "Retain Safe Private Option"),
)
_CHARACTERISTICS = ("113108", "Retain Patient Characteristics Option")


class MosaicLost(CannotClean):
    """What would leave of a mosaic could not be cut into its slices."""


def deidentify(
    body: bytes,
    subject: Subject,
    replace: Callable[[Sequence[str]], Sequence[str]],
    assigned: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """The same object of a pseudonym, in the same transfer syntax. `replace` gives new UIDs for old ones.

    `assigned`: by keyword, the UIDs the object was given when it came without (imaging/dicom/uids.py).

    Raises Refusal for bytes that are no object, CannotClean where something could stay behind unseen,
    MosaicLost.
    """
    transfer_syntax = _transfer_syntax(body, assigned)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a warning quotes the value, and the value may be about a patient
        try:
            return _deidentify(body, transfer_syntax, subject, replace, assigned)
        except CannotClean:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError, OverflowError, EOFError) as error:
            raise CannotClean(f"The header cannot be written anew ({type(error).__name__}).") from None


def _transfer_syntax(body: bytes, assigned: Mapping[str, str]) -> str:
    try:
        return read_header(body).transfer_syntax_uid
    except UnusableUids as refusal:
        if not assigned:
            raise
        return refusal.header.transfer_syntax_uid


def _deidentify(
    body: bytes,
    transfer_syntax_uid: str,
    subject: Subject,
    replace: Callable[[Sequence[str]], Sequence[str]],
    assigned: Mapping[str, str],
) -> bytes:
    dataset = _read(body)
    for keyword, uid in assigned.items():
        setattr(dataset, keyword, uid)
    elements = list(_every(dataset))
    uids = sorted({uid for element in elements for uid in _own_uids(element)})
    rules = Rules(
        profile(subject.characteristics), subject, dict(zip(uids, replace(uids), strict=True)), _names(elements)
    )
    header = mosaic_header(dataset) if is_mosaic(texts_of(dataset, "ImageType")) else None
    clean_pixels(dataset, transfer_syntax_uid)
    clean_elements(dataset, rules)
    if header is not None and not is_readable_as(mosaic_header(dataset), header):
        raise MosaicLost("Without elements that do not leave, nobody knows how its slices lie side by side.")
    _tell(dataset, subject)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(transfer_syntax_uid)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.ImplementationClassUID = _IMPLEMENTATION_UID
    dataset.file_meta.ImplementationVersionName = _IMPLEMENTATION
    dataset.preamble = bytes(128)
    written = io.BytesIO()
    dcmwrite(written, dataset, enforce_file_format=True)
    return written.getvalue()


def _read(body: bytes) -> Dataset:
    with walked_file(body, keeps_frames=False) as file:
        alone = data_set_alone(file)
    try:
        return dcmread(io.BytesIO(alone or body), force=True)
    except Exception:  # pydicom raises what its readers raise
        raise CannotClean("The header cannot be read a second way.") from None


def _every(dataset: Dataset) -> Iterator[DataElement]:
    """All elements, those in items too; one that cannot be read is deleted."""
    for tag in tags_of(dataset):
        try:
            element = dataset[tag]
        except Exception:  # pydicom raises what its converters raise
            del dataset[tag]
            continue
        yield element
        if element.VR == "SQ":
            for item in element.value or ():
                yield from _every(item)


def _own_uids(element: DataElement) -> list[str]:
    """Of a UI element those that name a thing of this patient or site, not one of the standard."""
    if element.VR != "UI":
        return []
    return [uid for uid in map(str, values_of(element)) if uid and not _is_of_the_standard(uid, element.tag)]


def _is_of_the_standard(uid: str, tag: BaseTag) -> bool:
    if uid in UID_dictionary:
        return True
    return uid.startswith(_ROOT) and dictionary_has_tag(tag) and dictionary_keyword(tag).endswith(_OF_CLASSES)


def _names(elements: Sequence[DataElement]) -> frozenset[str]:
    # Not the station: many are called after what they are, CT or MR.
    naming = [element for element in elements if element.VR == "PN" or element.keyword in _NAMING]
    return name_words(str(value) for element in naming for value in values_of(element))


def _tell(dataset: Dataset, subject: Subject) -> None:
    """Who it is now, and how it was made so (PS3.3 C.7.1.1, PS3.15 E.1)."""
    dataset.PatientName = dataset.PatientID = subject.pseudonym
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = f"PS3.15 E.1 {TABLE_EDITION}, rcdm profile {PROFILE_VERSION}"
    dataset.LongitudinalTemporalInformationModified = "MODIFIED"
    methods = (*_METHODS, _CHARACTERISTICS) if subject.characteristics else _METHODS
    dataset.DeidentificationMethodCodeSequence = [_code(*method) for method in sorted(methods)]


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item

"""De-identification of one object: the table row by row, canaries everywhere, UIDs, dates, pixels (reliability E)."""

import base64
import hashlib
import io
import warnings
from collections.abc import Sequence
from typing import Any

import pytest
from pydicom import DataElement, Dataset, dcmread
from pydicom._dicom_dict import DicomDictionary
from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.sequence import Sequence as Items
from pydicom.tag import Tag
from pydicom.uid import CTImageStorage

from imaging.deidentify.deidentify import Subject, deidentify
from imaging.deidentify.profile import CHARACTERISTICS, table_tags
from imaging.dicom.errors import Refusal
from tests.makers import ct_dataset, file_bytes

# pydicom tells of values that do not fit; most of these are made not to.
pytestmark = pytest.mark.filterwarnings("ignore")
SUBJECT = Subject("P-0123456789ab", -1000)
CANARY = "Qzvxcanary"
# Of each value representation a value with the canary in it, or a date where only dates fit.
_TEXTS = ("LO", "SH", "ST", "LT", "UT", "UC", "PN", "AE", "CS", "UR")
_VALUES: dict[str, Any] = {
    **dict.fromkeys(_TEXTS, CANARY),
    "DA": "20240110",
    "DT": "20240110101500",
    "TM": "101500",
    "AS": "061Y",
    "DS": "1.5",
    "IS": "7",
    "UI": "1.2.3.4.5",
    "OB": CANARY.encode(),
    "UN": CANARY.encode(),
    "US": 1,
    "UL": 1,
    "FD": 1.0,
    "FL": 1.0,
}


def replaced(uids: Sequence[str]) -> list[str]:
    return [f"2.25.{int(hashlib.sha256(uid.encode()).hexdigest()[:28], 16)}" for uid in uids]


def cleaned(dataset: Dataset, subject: Subject = SUBJECT) -> Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dcmread(io.BytesIO(deidentify(file_bytes(dataset), subject, replaced)))


def _element(tag: int) -> DataElement | None:
    vr = dictionary_VR(tag).split(" or ")[0]
    if vr == "SQ":
        item = Dataset()
        item.ImageComments, item.PatientComments, item.InstitutionName = CANARY, CANARY, CANARY
        return DataElement(Tag(tag), "SQ", Items([item]))
    return DataElement(Tag(tag), vr, _VALUES[vr]) if vr in _VALUES else None


def _holds(dataset: Dataset, secret: str) -> list[str]:
    """Keywords of elements with the secret in them, at any depth."""
    return [
        element.keyword for element in dataset.iterall()
        if secret.casefold() in str(element.value).casefold() and element.VR != "SQ"
    ]  # fmt: skip


_ROWS = sorted(tag for tag in table_tags() if dictionary_has_tag(tag) and tag >> 16 > 0x0002)


@pytest.mark.parametrize("place", ["top level", "sequence", "private sequence"])
def test_every_row_of_the_table_is_acted_on(place: str) -> None:
    """E1: at the top, in an item, and in an item of a private sequence, which goes as a whole."""
    elements = [one for one in map(_element, _ROWS) if one is not None]
    assert len(elements) > 600
    dataset, item = ct_dataset(), Dataset()
    inside = dataset if place == "top level" else item
    for element in elements:
        inside[element.tag] = element
    dataset.SOPClassUID = CTImageStorage
    if place == "sequence":
        dataset.ReferencedImageSequence = [item]
    elif place == "private sequence":
        dataset.add_new(0x00110010, "LO", "SOMEBODY")
        dataset.add_new(0x00111001, "SQ", [item])
    found = cleaned(dataset)
    assert not _holds(found, CANARY)
    assert not [tag for tag in list(found.keys()) if tag.is_private]
    if place != "private sequence":
        inner = found if place == "top level" else found.ReferencedImageSequence[0]
        for element in elements:
            _is_as_the_table_says(inner, element.tag, element.keyword)


def _is_as_the_table_says(found: Dataset, tag: int, name: str) -> None:
    vr = dictionary_VR(tag).split(" or ")[0]
    if tag not in found:
        return
    value = found[tag].value
    if name in CHARACTERISTICS:
        return
    if vr == "UI":
        assert value in UID_dictionary or str(value).startswith("2.25."), name
    elif vr in ("DA", "DT"):
        assert value in ("", None) or not str(value).startswith("20240110"), name
    elif vr in ("OB", "UN"):
        raise AssertionError(f"{name} stayed")


def test_a_word_that_nobody_knows_is_found_nowhere() -> None:
    """E2: in any text element of the dictionary, in the file's head and tail, in any encoding."""
    dataset = ct_dataset(PatientName=CANARY, PatientID=CANARY)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for tag, (vr, *_rest) in DicomDictionary.items():
            if (
                tag >> 16 > 0x0008
                and vr in ("LO", "SH", "ST", "LT", "UT", "UC", "CS", "UR", "PN", "AE")
                and tag not in dataset
            ):
                dataset.add_new(tag, vr, CANARY)
        dataset.add_new(0x60004000, "LT", CANARY)
        dataset.add_new(0x60003000, "OW", CANARY.encode())
        dataset.add_new(0x00090010, "LO", CANARY)
        dataset.add_new(0x00091001, "UN", CANARY.encode() + b" ")
        dataset.add_new(0x00280121, "SS", 0)
        dataset.add_new(0xFFFCFFFC, "OB", CANARY.encode())
        dataset.PixelData = bytes(dataset.PixelData) + CANARY.encode()
        body = bytearray(file_bytes(dataset))
        body[10 : 10 + len(CANARY)] = CANARY.encode()
        out = deidentify(bytes(body), SUBJECT, replaced)
    low = out.lower()
    for form in (CANARY.encode(), CANARY.encode("utf-16-le"), CANARY.encode("utf-16-be"), CANARY[::-1].encode()):
        assert form.lower() not in low
    assert base64.b64encode(CANARY.encode())[:-4].lower() not in low


@pytest.mark.parametrize(
    ("charset", "name"), [("ISO 2022 IR 149", "홍^길동"), ("ISO_IR 192", "山田^太郎"), ("GB18030", "王^小东")]
)
def test_a_name_in_its_own_script_leaves_no_text(charset: str, name: str) -> None:
    """E2: the words of a name go from every text, also where only a part of it is written."""
    dataset = ct_dataset(SpecificCharacterSet=charset, PatientName=name)
    dataset.SeriesDescription = f"abdomen {name.replace('^', ' ')}"
    found = cleaned(dataset)
    assert found.SeriesDescription == "abdomen"
    assert found.PatientName == found.PatientID == SUBJECT.pseudonym


def test_what_a_picture_is_stays() -> None:
    """Clean Descriptors: the harmless words of a description are kept, and coded terms whole."""
    found = cleaned(ct_dataset(
        SpecificCharacterSet="ISO_IR 192", SeriesDescription="3.0 B30f late arterial Hong", ProtocolName="복부 조영전",
        ContrastBolusAgent="Iopamidol 370",
        Manufacturer="SIEMENS", ConvolutionKernel="B30f", BodyPartExamined="LIVER", PatientName="Hong^Late",
    ))  # fmt: skip
    assert (found.SeriesDescription, found.ProtocolName) == ("3.0 B30f arterial", "복부 조영전")
    assert (found.ContrastBolusAgent, found.Manufacturer, found.ConvolutionKernel) == (
        "Iopamidol 370",
        "SIEMENS",
        "B30f",
    )
    assert list(found.ImageType) == ["ORIGINAL", "PRIMARY", "AXIAL"]
    assert found.BodyPartExamined == "LIVER"


def test_uids_are_replaced_alike_everywhere_and_those_of_the_standard_stay() -> None:
    """E3"""
    first = ct_dataset()
    second = ct_dataset(StudyInstanceUID=first.StudyInstanceUID)
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = first.SOPClassUID, first.SOPInstanceUID
    second.ReferencedImageSequence = [item]
    one, other = cleaned(first), cleaned(second)
    assert one.StudyInstanceUID == other.StudyInstanceUID != first.StudyInstanceUID
    reference = other.ReferencedImageSequence[0]
    assert reference.ReferencedSOPInstanceUID == one.SOPInstanceUID == one.file_meta.MediaStorageSOPInstanceUID
    assert reference.ReferencedSOPClassUID == one.SOPClassUID == first.SOPClassUID
    assert len(one.SOPInstanceUID) <= 64
    assert one.file_meta.TransferSyntaxUID == first.file_meta.TransferSyntaxUID


def test_dates_move_together_and_times_stay() -> None:
    """E4: days between them are kept; a date of birth is not among them."""
    found = cleaned(ct_dataset(
        StudyDate="20240110", AcquisitionDate="20240112", AcquisitionDateTime="20240112101530.5+0900",
        ContentDate="2024.01.10", SeriesDate="rubbish", StudyTime="101500",
    ))  # fmt: skip
    assert (found.StudyDate, found.AcquisitionDate, found.ContentDate) == ("20210415", "20210417", "20210415")
    assert found.AcquisitionDateTime == "20210417101530.5+0900"
    assert found.StudyTime == "101500"
    assert found.PatientBirthDate == ""
    assert found.SeriesDate == ""


@pytest.mark.parametrize(
    ("age", "told"), [("061Y", "061Y"), ("089Y", "089Y"), ("090Y", "090Y"), ("104Y", "090Y"), ("007M", "007M")]
)
def test_nobody_is_older_than_ninety(age: str, told: str) -> None:
    assert cleaned(ct_dataset(PatientAge=age)).PatientAge == told


def test_characteristics_stay_only_if_the_project_chose_so() -> None:
    dataset = ct_dataset(PatientAge="061Y", PatientWeight="70", PatientSize="1.7", EthnicGroup="x")
    kept, gone = cleaned(dataset), cleaned(dataset, Subject("P-1", -1, characteristics=False))
    assert (kept.PatientSex, kept.PatientAge, kept.PatientWeight, kept.PatientSize) == ("F", "061Y", 70, 1.7)
    assert gone.PatientSex == ""
    assert not {"PatientAge", "PatientWeight", "PatientSize", "EthnicGroup"} & set(gone.dir())
    assert "113108" not in {one.CodeValue for one in gone.DeidentificationMethodCodeSequence}


def test_what_was_done_is_told_truthfully() -> None:
    """E5"""
    found = cleaned(ct_dataset(PatientIdentityRemoved="NO"))
    assert (found.PatientIdentityRemoved, found.LongitudinalTemporalInformationModified) == ("YES", "MODIFIED")
    assert "PS3.15" in found.DeidentificationMethod
    codes = {one.CodeValue for one in found.DeidentificationMethodCodeSequence}
    assert codes == {"113100", "113105", "113107", "113108", "113111"}
    assert "BurnedInAnnotation" not in found


def test_private_elements_go_unless_they_are_known_measures() -> None:
    """E8: matched by creator and place in the block, whatever the block's number."""
    dataset = ct_dataset()
    for block, creator in ((0x10, "SIEMENS MR HEADER"), (0x11, "SOMEBODY")):
        dataset.add_new(0x00190000 | block, "LO", creator)
        dataset.add_new(0x00190000 | block << 8 | 0x0C, "IS", "800")
        dataset.add_new(0x00190000 | block << 8 | 0x0D, "LO", CANARY)
    found = cleaned(dataset)
    assert found[0x0019100C].value == 800
    assert {int(tag) for tag in found.keys() if tag.is_private} == {0x00190010, 0x0019100C}  # noqa: SIM118


def test_an_element_newer_than_the_dictionary_is_removed() -> None:
    """E12"""
    dataset = ct_dataset()
    dataset.add_new(0x00189FFE, "LO", "liver")
    assert 0x00189FFE not in cleaned(dataset)


def test_codes_of_public_schemes_stay_and_those_of_a_site_go() -> None:
    dataset = ct_dataset()
    for scheme, value in (("SCT", "10200004"), ("99SITE", "10200004"), ("SCT", "Hong")):
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, "Liver of Hong"
        dataset.AnatomicRegionSequence = [*dataset.get("AnatomicRegionSequence", []), item]
    (first,) = cleaned(dataset).AnatomicRegionSequence
    assert (first.CodeValue, first.CodingSchemeDesignator, first.CodeMeaning) == ("10200004", "SCT", "Liver of")


def test_bytes_that_are_no_object_are_refused() -> None:
    with pytest.raises(Refusal):
        deidentify(b"hello", SUBJECT, replaced)

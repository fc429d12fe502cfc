"""Private numbers that an image of that maker cannot be read without leave, and nothing else that is private (E8)."""

import struct

import pytest
from pydicom import DataElement, Dataset

from imaging.deidentify.elements import SAFE_PRIVATE, safe_number
from tests.makers import ct_dataset
from tests.unit.imaging.test_deidentify import cleaned

pytestmark = pytest.mark.filterwarnings("ignore")
_VALUES = {"DS": "1.5", "IS": "3", "FL": 1.5, "FD": 1.5, "US": 3, "SS": 3, "SL": 3}


@pytest.mark.parametrize(("creator", "place"), sorted(SAFE_PRIVATE))
def test_each_known_number_stays_in_any_block_and_in_any_case_of_its_creator(creator: str, place: int) -> None:
    group, element, vr = place >> 8, place & 0xFF, SAFE_PRIVATE[creator, place]
    for block, written in ((0x10, creator), (0x42, creator.upper())):
        dataset = ct_dataset()
        dataset.add_new(group << 16 | block, "LO", written)
        dataset.add_new(group << 16 | block << 8 | element, vr, _VALUES[vr])
        dataset.add_new(group << 16 | block << 8 | 0xFE, "LO", "Canaryname")
        found = cleaned(dataset)
        assert str(found[group << 16 | block << 8 | element].value) in ("1.5", "3", "3.0")
        assert group << 16 | block << 8 | 0xFE not in found
        assert found[group << 16 | block].value == written


def test_the_same_element_of_another_creator_goes() -> None:
    dataset = ct_dataset()
    dataset.add_new(0x00190010, "LO", "SIEMENS MR HEADER ")
    dataset.add_new(0x0019100C, "IS", "800")
    dataset.add_new(0x00190011, "LO", "SOMEBODY")
    dataset.add_new(0x0019110C, "IS", "900")
    found = cleaned(dataset)
    assert 0x0019100C in found
    assert 0x0019110C not in found


@pytest.mark.parametrize(
    ("tag", "creator", "value", "vr", "left"),
    [
        (0x0019100A, "SIEMENS MR HEADER", struct.pack("<H", 48), "US", 48),
        (0x0019100C, "SIEMENS MR HEADER", b"800 ", "IS", 800),
        (0x0019100E, "SIEMENS MR HEADER", struct.pack("<3d", 0, 0.6, 0.8), "FD", [0, 0.6, 0.8]),
        (0x00651050, "Image Private Header", b"20\0", "DS", 20),
        (0x00431039, "GEMS_PARM_01", b"800\\8\\0\\0", "IS", [800, 8, 0, 0]),
    ],
)
def test_bytes_of_an_unknown_vr_leave_as_the_numbers_they_are(
    tag: int, creator: str, value: bytes, vr: str, left: object
) -> None:
    number = safe_number(creator, DataElement(tag, "UN", value))
    assert number is not None
    assert vr == number.VR
    assert number.value == left


@pytest.mark.parametrize("value", [b"Hong", b"8\\Hong", b"1" * 40, b"nan", b"1_0", b"", b"800;Hong^Gildong"])
def test_what_is_no_number_does_not_leave(value: bytes) -> None:
    assert safe_number("SIEMENS MR HEADER", DataElement(0x0019100C, "UN", value)) is None
    assert safe_number("SIEMENS MR HEADER", DataElement(0x0019100E, "UN", b"Hong Gildong!")) is None


def test_a_number_in_an_item_of_a_frame_stays() -> None:
    dataset, frame, item = ct_dataset(), Dataset(), Dataset()
    item.add_new(0x00190010, "LO", "SIEMENS MR HEADER")
    item.add_new(0x0019100C, "IS", "800")
    item.add_new(0x0019100F, "LO", "Canaryname")
    frame.MRDiffusionSequence = [item]
    dataset.PerFrameFunctionalGroupsSequence = [frame]
    found = cleaned(dataset).PerFrameFunctionalGroupsSequence[0].MRDiffusionSequence[0]
    assert found[0x0019100C].value == 800
    assert 0x0019100F not in found

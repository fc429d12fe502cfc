"""A mosaic leaves as one object only if whoever has it can cut it as we did."""

import pytest
from pydicom import Dataset
from pydicom.uid import ImplicitVRLittleEndian

from imaging.deidentify.deidentify import MosaicLost
from imaging.dicom.header import read_tags
from imaging.pixels.frames import mosaic_header, pixel_mosaic, stored_pixels
from imaging.volume.frame_facts import frame_facts
from tests.makers import file_bytes
from tests.unit.imaging.mosaics import count_told, csa_header, csa_told, mosaic, siemens, slices, uih
from tests.unit.imaging.test_deidentify import cleaned


def test_a_siemens_mosaic_keeps_the_number_of_its_slices() -> None:
    made = cleaned(siemens(5))
    assert pixel_mosaic(made) == pixel_mosaic(siemens(5))
    assert len(list(stored_pixels(made).frames)) == 5
    assert not [element for element in made if element.tag.group == 0x0029]


def test_slices_of_uih_keep_their_positions_and_lose_their_dates() -> None:
    made = cleaned(uih(5))
    facts = frame_facts(read_tags(file_bytes(made)).document)
    assert [one.position for one in facts] == [(-30, -20, 10 + 5 * place) for place in range(5)]
    assert {str(one.acquired_at)[:10] for one in facts} == {"2021-04-15"}


def test_what_else_stands_in_the_slices_of_uih_goes() -> None:
    dataset = uih(5)
    for one in dataset[0x00651051].value:
        one.PatientName = "Qzvxcanary"
        one.private_block(0x0065, "Image Private Header", create=True).add_new(0x0F, "SH", "Qzvxcanary")
    assert b"Qzvxcanary" not in file_bytes(cleaned(dataset))


def _counted_by_csa_alone() -> Dataset:
    return csa_told(mosaic(slices(5)), csa_header({"NumberOfImagesInMosaic": [5], "SliceNormalVector": [0, 0, 1]}))


@pytest.mark.parametrize("dataset", [siemens(5, normal=(0, 0, -1)), _counted_by_csa_alone()])
def test_a_mosaic_that_only_its_csa_header_explains_stays(dataset: Dataset) -> None:
    with pytest.raises(MosaicLost):
        cleaned(dataset)


def test_a_sequence_that_is_only_bytes_does_not_leave_and_the_mosaic_stays() -> None:
    dataset = uih(5)
    del dataset[0x00651051].value[:]
    dataset[0x00651051].VR = "UN"
    dataset[0x00651051].value = b"Qzvxcanary"
    assert b"Qzvxcanary" not in file_bytes(cleaned(dataset))


def test_a_mosaic_without_direction_leaves_as_it_came() -> None:
    made = cleaned(count_told(mosaic(slices(5)), 5))
    assert pixel_mosaic(made) is not None
    assert mosaic_header(made)["0019100A"]["Value"] == [5]


def test_in_implicit_vr_too() -> None:
    dataset = siemens(5)
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    assert pixel_mosaic(cleaned(dataset)) == pixel_mosaic(siemens(5))

"""Values of a volume: stored ones and the line to real ones, and what that line was."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from imaging.dicom.header import read_tags
from imaging.pixels.dataset import pixel_dataset
from imaging.volume.frame_values import FrameValues, ValueTransform, frame_values
from tests.unit.imaging.pixel_objects import image_object, item, lut_item

PHILIPS = "Philips MR Imaging DD 001"


def values_of(dataset: Dataset) -> list[FrameValues]:
    """As a worker reads them: of bytes."""
    for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        setattr(dataset, keyword, generate_uid())
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    dataset.Modality = "MR"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    written = BytesIO()
    dataset.save_as(written, enforce_file_format=True)
    return list(frame_values(pixel_dataset(written.getvalue()), read_tags(written.getvalue()).document))


def grey(**elements: Any) -> Dataset:
    return image_object(np.arange(24, dtype="<u2").reshape(4, 6), **elements)


def with_scale(dataset: Dataset, scale: float, creator: str = PHILIPS) -> Dataset:
    dataset.private_block(0x2005, creator, create=True).add_new(0x0E, "FL", scale)
    return dataset


def line(frame: FrameValues) -> tuple[float, float, ValueTransform]:
    return frame.slope, frame.intercept, frame.transform


def test_stored_values_keep_their_line() -> None:
    (frame,) = values_of(grey(RescaleSlope="2", RescaleIntercept="-1024"))
    assert line(frame) == (2, -1024, ValueTransform.RESCALE)
    assert np.array_equal(frame.values, np.arange(24).reshape(4, 6))


def test_without_a_line_values_are_as_stored() -> None:
    (frame,) = values_of(grey())
    assert line(frame) == (1, 0, ValueTransform.NONE)


@pytest.mark.parametrize("creator", [PHILIPS, PHILIPS.upper()])
def test_philips_values_are_those_that_were_measured(creator: str) -> None:
    (frame,) = values_of(with_scale(grey(RescaleSlope="4", RescaleIntercept="20"), 0.5, creator))
    assert line(frame) == (2, 10, ValueTransform.PHILIPS_PRECISE)


def test_an_enhanced_object_of_philips_has_the_values_of_its_classic_twin() -> None:
    rescale = item(PixelValueTransformationSequence=[item(RescaleSlope="4", RescaleIntercept="20", RescaleType="US")])
    rescale.private_block(0x2005, "Philips MR Imaging DD 005", create=True)
    own = with_scale(Dataset(), 0.5)
    rescale.add_new((0x2005, 0x140F), "SQ", [own])
    twin = image_object(np.arange(24, dtype="<u2").reshape(4, 6), NumberOfFrames=1)
    twin.PerFrameFunctionalGroupsSequence = [rescale]
    (frame,) = values_of(twin)
    assert line(frame) == (2, 10, ValueTransform.PHILIPS_PRECISE)


def test_a_real_world_mapping_counts_where_nothing_rescales() -> None:
    mapping = [item(RealWorldValueSlope=0.5, RealWorldValueIntercept=-3.0)]
    (frame,) = values_of(grey(RealWorldValueMappingSequence=mapping))
    assert line(frame) == (0.5, -3, ValueTransform.RWV)
    (frame,) = values_of(grey(RealWorldValueMappingSequence=mapping, RescaleSlope="2", RescaleIntercept="1"))
    assert line(frame) == (2, 1, ValueTransform.RESCALE)


def test_a_table_is_applied() -> None:
    (frame,) = values_of(grey(ModalityLUTSequence=[lut_item(0, list(range(100, 124)))]))
    assert line(frame) == (1, 0, ValueTransform.MODALITY_LUT)
    assert np.array_equal(frame.values, np.arange(100, 124).reshape(4, 6))


def test_colour_is_red_green_and_blue() -> None:
    (frame,) = values_of(image_object(np.arange(72, dtype="u1").reshape(4, 6, 3), PlanarConfiguration=0))
    assert frame.values.shape == (4, 6, 3)

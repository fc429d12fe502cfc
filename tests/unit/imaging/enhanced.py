"""Enhanced multi-frame objects made on the spot: each frame with its own place and settings (PS3.3 C.7.6.16)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydicom import Dataset

from tests.makers import ct_dataset
from tests.unit.imaging.pixel_objects import item

ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
AXIAL, CORONAL, SAGITTAL = (1, 0, 0, 0, 1, 0), (1, 0, 0, 0, 0, -1), (0, 1, 0, 0, 0, -1)


def frame_groups(orientation: Sequence[float], position: Sequence[float], point: int = 1, **pixel: Any) -> Dataset:
    """The groups of one frame; `pixel` are rescale slope and intercept."""
    groups = item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=list(orientation))],
        PlanePositionSequence=[item(ImagePositionPatient=list(position))],
        FrameContentSequence=[item(TemporalPositionIndex=point, FrameAcquisitionDateTime=f"202401101015{point:02d}")],
    )
    if pixel:
        groups.PixelValueTransformationSequence = [item(**pixel)]
    return groups


def enhanced(groups: Sequence[Dataset], **overrides: Any) -> Dataset:
    """An MR object of 16 × 16 pixels a frame, no two frames alike."""
    pixels = np.arange(256 * len(groups), dtype="<u2")
    elements = {
        "SOPClassUID": ENHANCED_MR, "Modality": "MR", "ImageType": ["ORIGINAL", "PRIMARY", "M", "NONE"],
        "ImageOrientationPatient": None, "ImagePositionPatient": None, "PixelSpacing": None, "SliceThickness": None,
        "RescaleSlope": None, "RescaleIntercept": None, "BitsStored": 16, "HighBit": 15,
        "NumberOfFrames": len(groups), "PixelData": pixels.tobytes(),
    }  # fmt: skip
    dataset = ct_dataset(**(elements | overrides))
    shared = item(PixelMeasuresSequence=[item(PixelSpacing=[0.5, 0.6], SliceThickness=3)])
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = list(groups)
    return dataset


def mixed(axial: int, coronal: int, **overrides: Any) -> Dataset:
    """Axial frames from the head down, then coronal ones."""
    groups = [frame_groups(AXIAL, (0, 0, -5 * place)) for place in range(axial)]
    groups += [frame_groups(CORONAL, (0, 5 * place, 0)) for place in range(coronal)]
    return enhanced(groups, **overrides)

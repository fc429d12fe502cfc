"""DICOM made on the spot: small, valid, of nobody."""

import warnings
from io import BytesIO
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid


def ct_dataset(**overrides: Any) -> Dataset:
    """A valid 16×16 CT slice of Test^Case; keywords replace elements, None leaves one out."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    values: dict[str, Any] = {
        "SOPClassUID": CTImageStorage,
        "SOPInstanceUID": generate_uid(),
        "StudyInstanceUID": generate_uid(),
        "SeriesInstanceUID": generate_uid(),
        "FrameOfReferenceUID": generate_uid(),
        "Modality": "CT",
        "PatientName": "Test^Case",
        "PatientID": "T-1",
        "PatientBirthDate": "19600101",
        "PatientSex": "F",
        "StudyDate": "20240110",
        "StudyTime": "101500",
        "AccessionNumber": "ACC-1",
        "SeriesNumber": 1,
        "InstanceNumber": 1,
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "ImagePositionPatient": [0, 0, 0],
        "PixelSpacing": [1, 1],
        "SliceThickness": 1,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": 16,
        "Columns": 16,
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
        "RescaleIntercept": -1024,
        "RescaleSlope": 1,
        "WindowCenter": 40,
        "WindowWidth": 400,
        "PixelData": np.arange(256, dtype="<u2").tobytes(),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom tells of wrong values, which are often what a test wants
        for keyword, value in (values | overrides).items():
            if value is not None:
                setattr(dataset, keyword, value)
    return dataset


def ct_bytes(**overrides: Any) -> bytes:
    """The slice of `ct_dataset` as a DICOM file."""
    return file_bytes(ct_dataset(**overrides))


def file_bytes(dataset: Dataset) -> bytes:
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()

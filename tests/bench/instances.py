"""Distinct 512×512 16-bit CT instances made from a real slice: pydicom's CT_small, enlarged, with fresh noise each."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
from pydicom.data import get_testdata_file
from pydicom.uid import generate_uid

SIDE = 512
IMAGES_PER_STUDY = 100
_NOISE = 8  # stored values; what a real CT shows within one tissue, so that the PNG does not shrink to nothing


def write_instances(folder: Path, count: int) -> list[Path]:
    """The paths written, a study per hundred images, slices 1 mm apart."""
    folder.mkdir(parents=True, exist_ok=True)
    base = pydicom.dcmread(str(get_testdata_file("CT_small.dcm")))
    factor = SIDE // base.Rows
    slice_ = base.pixel_array.repeat(factor, axis=0).repeat(factor, axis=1)
    return [_write(folder / f"{number:06d}.dcm", base, slice_, number) for number in range(count)]


def _write(path: Path, base: pydicom.Dataset, slice_: np.ndarray, number: int) -> Path:
    study, position = divmod(number, IMAGES_PER_STUDY)
    random = np.random.default_rng(number)
    pixels = slice_ + random.integers(-_NOISE, _NOISE + 1, slice_.shape)
    base.Rows = base.Columns = SIDE
    base.WindowCenter, base.WindowWidth = 40, 400  # CT_small has none; a CT from a hospital has
    base.PixelData = pixels.astype("<i2").tobytes()
    base.StudyInstanceUID = generate_uid(entropy_srcs=["bench study", str(study)])
    base.SeriesInstanceUID = generate_uid(entropy_srcs=["bench series", str(study)])
    base.SOPInstanceUID = generate_uid(entropy_srcs=["bench image", str(number)])
    base.file_meta.MediaStorageSOPInstanceUID = base.SOPInstanceUID
    base.PatientID = f"BENCH{study}"
    base.InstanceNumber = position + 1
    base.ImagePositionPatient = [-128.0, -128.0, float(position)]
    body = BytesIO()
    base.save_as(body, enforce_file_format=True)
    path.write_bytes(body.getvalue())
    return path

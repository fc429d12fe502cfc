"""The short way to the pixels draws what the long way draws."""

import hashlib
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset, dcmread

from imaging.dicom.errors import Refusal
from imaging.dicom.part10 import read_header
from imaging.pixels.dataset import pixel_dataset
from imaging.pixels.errors import NoPicture
from imaging.pixels.render import render
from tests.makers import ct_bytes

_FILES = Path(pydicom.__file__).parent / "data" / "test_files"


def _drawn(dataset: Dataset) -> object:
    digest = hashlib.sha256()
    try:
        pictures = list(render(dataset, digest=digest))
    except NoPicture as none:
        return none.reason, none.detail
    return pictures, digest.hexdigest()


def _readable(path: Path) -> bool:
    try:
        read_header(path.read_bytes())
    except Refusal:
        return False
    return True


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "path", [path for path in sorted(_FILES.glob("*.dcm")) if _readable(path)], ids=lambda path: path.name
)
def test_both_ways_draw_the_same(path: Path) -> None:
    """B22"""
    body = path.read_bytes()
    assert _drawn(pixel_dataset(body)) == _drawn(dcmread(BytesIO(body), force=True))


def test_an_uncompressed_slice_is_read_without_what_pictures_do_not_need() -> None:
    assert {element.tag.group for element in pixel_dataset(ct_bytes())} == {0x0008, 0x0028, 0x7FE0}
    assert "PatientName" not in pixel_dataset(ct_bytes())


def test_tables_and_frames_in_sequences_are_left_to_pydicom() -> None:
    assert "PatientName" in pixel_dataset(ct_bytes(VOILUTSequence=[Dataset()]))

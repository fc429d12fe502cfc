"""De-identified colour keeps every sample, too few bytes do not leave, and assigned UIDs leave as others do."""

import io
from collections.abc import Sequence

import pytest
from pydicom import Dataset, dcmread

from imaging.deidentify import CannotClean, Subject, deidentify
from imaging.refusal import Refusal
from tests.makers import ct_dataset, file_bytes

_SUBJECT = Subject(pseudonym="p-1", shift_days=-30, characteristics=True)


def _replaced(uids: Sequence[str]) -> list[str]:
    return [f"2.25.9{len(uid)}{place}" for place, uid in enumerate(uids)]


def _cleaned(dataset: Dataset) -> Dataset:
    return dcmread(io.BytesIO(deidentify(file_bytes(dataset), _SUBJECT, _replaced)))


def _colour_422(samples: bytes, frames: int = 1) -> Dataset:
    dataset = ct_dataset(Rows=4, Columns=6, SamplesPerPixel=3, PlanarConfiguration=0, PixelRepresentation=0)
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PhotometricInterpretation, dataset.NumberOfFrames = "YBR_FULL_422", str(frames)
    dataset.PixelData = samples
    dataset["PixelData"].VR = "OB"
    return dataset


@pytest.mark.parametrize("hidden", [0, 1, 30])
@pytest.mark.parametrize("frames", [1, 2])
def test_colour_that_is_not_subsampled_keeps_every_sample(frames: int, hidden: int) -> None:
    """YBR_FULL_422 with three bytes a pixel is read as YBR_FULL, and leaves under that name."""
    samples = bytes(range(6 * 4 * 3)) * frames
    made = _cleaned(_colour_422(samples + b"\7" * hidden, frames))
    assert made.PixelData == samples
    assert made.PhotometricInterpretation == "YBR_FULL"


def test_subsampled_colour_stays_subsampled() -> None:
    samples = bytes(range(6 * 4 * 2))
    made = _cleaned(_colour_422(samples + b"\7" * 4))
    assert (made.PixelData, made.PhotometricInterpretation) == (samples, "YBR_FULL_422")


@pytest.mark.parametrize("missing", [2, 20])
def test_fewer_bytes_than_described_do_not_leave(missing: int) -> None:
    dataset = ct_dataset()
    dataset.PixelData = dataset.PixelData[:-missing]
    with pytest.raises(CannotClean, match="shorter"):
        _cleaned(dataset)
    with pytest.raises(CannotClean, match="shorter"):
        _cleaned(_colour_422(bytes(6 * 4 * 2 - missing)))


def test_uids_that_were_assigned_leave_as_others_do() -> None:
    body = file_bytes(ct_dataset(StudyInstanceUID=None))
    with pytest.raises(Refusal):
        deidentify(body, _SUBJECT, _replaced)
    made = dcmread(io.BytesIO(deidentify(body, _SUBJECT, lambda uids: [f"2.25.1{uid}" for uid in uids],
                                         {"StudyInstanceUID": "2.25.7"})))  # fmt: skip
    assert made.StudyInstanceUID == "2.25.12.25.7"


@pytest.mark.parametrize("tail", [bytes(3), b"\r\n", b"\xff" * 64])
def test_bytes_behind_the_data_set_do_not_leave(tail: bytes) -> None:
    body = file_bytes(ct_dataset())
    assert deidentify(body + tail, _SUBJECT, _replaced) == deidentify(body, _SUBJECT, _replaced)

"""Assigned UIDs leave as others do, and bytes behind the data set do not leave."""

import io
from collections.abc import Sequence

import pytest
from pydicom import dcmread

from imaging.deidentify.deidentify import Subject, deidentify
from imaging.dicom.errors import Refusal
from tests.makers import ct_dataset, file_bytes

_SUBJECT = Subject(pseudonym="p-1", shift_days=-30, characteristics=True)


def _replaced(uids: Sequence[str]) -> list[str]:
    return [f"2.25.9{len(uid)}{place}" for place, uid in enumerate(uids)]


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

"""A condition on a tag, as it is written."""

import pytest

from cdm.query.tags import TagCondition, tag_condition


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("EchoTime<50", TagCondition("00180081", "<", "50", True)),
        (" EchoTime >= 5e1 ", TagCondition("00180081", ">=", "5e1", True)),
        ("SeriesDescription~T2 %_", TagCondition("0008103E", "~", "T2 %_", False)),
        ("BodyPartExamined!=LIVER", TagCondition("00180015", "!=", "LIVER", False)),
        ("ContrastBolusAgent", TagCondition("00180010", None, "", False)),
        ("SeriesDescription=a=b", TagCondition("0008103E", "=", "a=b", False)),
        ("EchoTime~5", TagCondition("00180081", "~", "5", False)),
    ],
)
def test_what_is_written_is_meant(written: str, meant: TagCondition) -> None:
    assert tag_condition(written) == meant


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("EchoTme<50", "no DICOM keyword; near it: EchoTime"),
        ("EchoTime<long", "EchoTime is a number, and 'long' is none"),
        ("EchoTime<1e999", "is a number"),
        ("EchoTime<", "lacks the value"),
        ("PatientID=1", "sealed away"),
        ("OperatorsName~Kim", "sealed away"),
        ("ReferencedImageSequence", "holds items"),
        ("PixelData", "holds bytes"),
        ("'; DROP TABLE x", "write a tag as"),
        ("", "write a tag as"),
    ],
)
def test_what_cannot_be_meant_is_told(written: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        tag_condition(written)

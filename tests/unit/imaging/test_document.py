"""Headers are read as devices write them, not as the standard wishes."""

from datetime import date, datetime, time
from typing import Any

import pytest

from imaging.header import dicom_json as read
from imaging.header.dicom_json import Document


def _element(key: str, *values: Any) -> Document:
    return {key: {"vr": "LO", "Value": list(values)}}


@pytest.mark.parametrize("written", ["20240229", "2024.02.29", "2024-02-29", "20240229120000"])
def test_dates_may_have_dots(written: str) -> None:
    assert read.date_value(_element("00080020", written), "StudyDate") == date(2024, 2, 29)


@pytest.mark.parametrize("written", ["00000000", "20240230", "2024.0229", "yesterday", "", None, 5, {"x": 1}])
def test_an_impossible_date_is_none(written: Any) -> None:
    """B17"""
    assert read.date_value(_element("00080020", written), "StudyDate") is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("121314", time(12, 13, 14)),
        ("12:13:14.5", time(12, 13, 14, 500_000)),
        ("1213", time(12, 13)),
        ("12", time(12)),
        ("235960", time(23, 59, 59)),
        ("121314.1234567", time(12, 13, 14, 123_456)),
        ("250000", None),
        ("noon", None),
    ],
)
def test_times_may_have_colons(written: str, expected: time | None) -> None:
    assert read.time_value(_element("00080030", written), "StudyTime") == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("20240229121314.5+0900", datetime(2024, 2, 29, 12, 13, 14, 500_000)),
        ("20240229", datetime(2024, 2, 29)),
        ("202402291213", datetime(2024, 2, 29, 12, 13)),
        ("2024", None),
    ],
)
def test_date_times_are_the_devices_own_clock(written: str, expected: datetime | None) -> None:
    assert read.datetime_value(_element("0008002A", written), "AcquisitionDateTime") == expected


@pytest.mark.parametrize("written", ["5 mm", "nan", "inf", "1_000", "", None, "9" * 100, {"Alphabetic": "1"}, "--"])
def test_rubbish_is_no_number(written: Any) -> None:
    """B17"""
    document = _element("00280030", written, 1)
    assert read.number(document, "PixelSpacing") in (None, 1.0)
    assert read.numbers(document, "PixelSpacing") in ([], [1.0, 1.0])


def test_a_vector_with_a_hole_is_none() -> None:
    assert read.numbers(_element("00280030", 0.5, None), "PixelSpacing") == []
    assert read.numbers(_element("00280030", "0.5", 1), "PixelSpacing") == [0.5, 1.0]


def test_whole_numbers_only() -> None:
    assert read.integer(_element("00200013", "3"), "InstanceNumber") == 3
    assert read.integer(_element("00200013", 3.5), "InstanceNumber") is None


def test_empty_is_none_and_present() -> None:
    document: Document = {"00081030": {"vr": "LO"}}
    assert read.text(document, "StudyDescription") is None
    assert read.has(document, "StudyDescription")
    assert not read.has(document, "SeriesDescription")


def test_texts_keep_their_places() -> None:
    assert read.texts(_element("00080008", "DERIVED ", None, "MPR"), "ImageType") == ["DERIVED", "", "MPR"]


def test_a_broken_document_reads_as_empty() -> None:
    for broken in ({"00081140": None}, {"00081140": {"Value": 5}}, {"00081140": {"Value": [1, None]}}):
        assert read.items(broken, "ReferencedImageSequence") == []


def test_an_unknown_keyword_is_our_own_slip() -> None:
    with pytest.raises(KeyError):
        read.text({}, "NoSuchKeyword")

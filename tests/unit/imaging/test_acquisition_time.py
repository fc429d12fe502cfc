"""When an image was acquired, in UTC where the header tells the zone."""

from datetime import datetime, time, timedelta

import pytest

from imaging.fields.acquisition_time import acquired_at, acquisition_clock
from tests.unit.imaging.headers import header

NOON = datetime(2026, 3, 1, 12)


@pytest.mark.parametrize(
    ("elements", "moment"),
    [
        ({"AcquisitionDateTime": "20260301120000.5"}, NOON + timedelta(milliseconds=500)),
        ({"AcquisitionDateTime": "20260301"}, None),
        ({"AcquisitionDate": "20260301", "AcquisitionTime": "120000"}, NOON),
        ({"StudyDate": "20260301", "AcquisitionTime": "120000"}, NOON),
        ({"StudyDate": "20260228", "StudyTime": "235000", "AcquisitionTime": "000500"}, datetime(2026, 3, 1, 0, 5)),
        ({"StudyDate": "20260301", "StudyTime": "120000", "ContentTime": "120000"}, None),
        ({"AcquisitionTime": "120000"}, None),
        # In UTC where the zone is told: by the moment itself, or for the whole header.
        ({"AcquisitionDateTime": "20260301210000+0900"}, NOON),
        ({"AcquisitionDateTime": "20260301083000-0330"}, NOON),
        ({"AcquisitionDateTime": "20260301210000", "TimezoneOffsetFromUTC": "+0900"}, NOON),
        ({"AcquisitionDateTime": "20260301120000+0000", "TimezoneOffsetFromUTC": "+0900"}, NOON),
        ({"AcquisitionDate": "20260301", "AcquisitionTime": "070000", "TimezoneOffsetFromUTC": "-0500"}, NOON),
        ({"AcquisitionDateTime": "20260301+0900"}, None),
        # The day of the study was written on all of it.
        (
            {
                "StudyDate": "20260228",
                "AcquisitionDate": "20260228",
                "StudyTime": "235000",
                "AcquisitionTime": "000500",
            },
            datetime(2026, 3, 1, 0, 5),
        ),
    ],
)
def test_only_the_acquisition_has_an_acquisition_time(elements: dict[str, str], moment: datetime | None) -> None:
    assert acquired_at(header(**elements)) == moment


@pytest.mark.parametrize(
    ("elements", "clock"),
    [
        ({"AcquisitionTime": "120000", "TimezoneOffsetFromUTC": "+0900"}, time(12)),
        ({"AcquisitionDateTime": "20260301030000+0000", "TimezoneOffsetFromUTC": "+0900"}, time(12)),
        ({"AcquisitionDateTime": "20260301120000+0900"}, time(12)),
        ({"AcquisitionDateTime": "20260301120000"}, time(12)),
        ({}, None),
    ],
)
def test_the_clock_is_the_one_that_wrote_the_start_of_the_injection(
    elements: dict[str, str], clock: time | None
) -> None:
    assert acquisition_clock(header(**elements)) == clock

"""When an image was acquired: of all the times in a header only the acquisition's own counts.

Study time is when the study began, content time when the pixels were made (of a reformat, hours later).
"""

import re
from datetime import date, datetime, time, timedelta

from imaging.header.dicom_json import Document, date_value, datetime_value, text, time_value
from imaging.header.functional_groups import frame_document

_HALF_A_DAY = timedelta(hours=12)
_DATE_ALONE = len("YYYYMMDD")
_MOMENTS = ("AcquisitionDateTime", "FrameAcquisitionDateTime")
# PS3.5 6.2, DT and (0008,0201): ±HHMM, from −12 to +14 hours.
_ZONE = re.compile(r"([+-])(\d\d)(\d\d)$")
_FURTHEST = timedelta(hours=14)


def acquired_at(document: Document) -> datetime | None:
    """AcquisitionDateTime, else AcquisitionDate and AcquisitionTime; None without a time.

    In UTC where the header tells the zone (`tells_zone`), else on the device's own clock. Where the date is missing
    (de-identified files) StudyDate lends the day; and it is the next one when the clock reads more than half a day
    less than StudyTime, also where that day was written down: the study went on past midnight.
    """
    local = _local(document)
    zone = _zone(document)
    return local - zone if local is not None and zone is not None else local


def tells_zone(document: Document) -> bool:
    """Is `acquired_at` in UTC? Moments of images that tell a zone and of such as do not cannot be put in order."""
    return _zone(document) is not None


def acquisition_clock(document: Document) -> time | None:
    """The time of day alone, on the clock that also wrote the other times of the header, and where no day is known."""
    clock = time_value(document, "AcquisitionTime")
    if clock is not None:
        return clock
    moment, device = acquired_at(document), _offset(text(document, "TimezoneOffsetFromUTC"))
    if moment is None:
        return None
    zone = device if device is not None else _zone(document)
    return (moment + (zone or timedelta())).time()


def seconds_after(start: time, later: time) -> float:
    """From one time of day to another in seconds, more than −12 h and at most 12 h: midnight may lie between."""
    gap = datetime.combine(date.min, later) - datetime.combine(date.min, start)
    if gap > _HALF_A_DAY:
        gap -= 2 * _HALF_A_DAY
    elif gap <= -_HALF_A_DAY:
        gap += 2 * _HALF_A_DAY
    return gap.total_seconds()


def _local(document: Document) -> datetime | None:
    written = _written_moment(document)
    if written is not None:
        return datetime_value(*written)
    clock, day = time_value(document, "AcquisitionTime"), date_value(document, "AcquisitionDate")
    if clock is None:
        return None
    study_day = date_value(document, "StudyDate")
    if day is not None and day != study_day:
        return datetime.combine(day, clock)
    return _on_or_after(study_day, time_value(document, "StudyTime"), clock) if study_day else None


def _written_moment(document: Document) -> tuple[Document, str] | None:
    frame = frame_document(document)
    found = (keyword for keyword in _MOMENTS if len(_ZONE.sub("", text(frame, keyword) or "")) > _DATE_ALONE)
    return next(((frame, keyword) for keyword in found), None)


def _zone(document: Document) -> timedelta | None:
    """A DT's own offset, else TimezoneOffsetFromUTC, which is that of all dates and times without one."""
    written = _written_moment(document)
    own = _offset(text(*written)) if written is not None else None
    return own if own is not None else _offset(text(document, "TimezoneOffsetFromUTC"))


def _offset(written: str | None) -> timedelta | None:
    found = _ZONE.search((written or "").strip())
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return (-offset if sign == "-" else offset) if offset <= _FURTHEST else None


def _on_or_after(day: date, started: time | None, clock: time) -> datetime:
    moment = datetime.combine(day, clock)
    is_next_day = started is not None and datetime.combine(day, started) - moment > _HALF_A_DAY
    return moment + timedelta(days=1) if is_next_day else moment

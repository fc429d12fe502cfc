"""When an image was acquired: of all the times in a header only the acquisition's own counts.

Study time is when the study began, content time when the pixels were made (of a reformat, hours later).
"""

from datetime import date, datetime, time, timedelta

from imaging.document import Document, date_value, datetime_value, text, time_value
from imaging.functional_groups import frame_document

_HALF_A_DAY = timedelta(hours=12)
_DATE_ALONE = len("YYYYMMDD")


def acquired_at(document: Document) -> datetime | None:
    """AcquisitionDateTime, else AcquisitionDate and AcquisitionTime, on the device's own clock; None without a time.

    Where only the date is missing (de-identified files), StudyDate lends the day, or the next one when the clock
    reads more than half a day less than StudyTime: the study went on past midnight.
    """
    frame = frame_document(document)
    for keyword in ("AcquisitionDateTime", "FrameAcquisitionDateTime"):
        if len(text(frame, keyword) or "") > _DATE_ALONE:
            return datetime_value(frame, keyword)
    clock, day = time_value(document, "AcquisitionTime"), date_value(document, "AcquisitionDate")
    if clock is None:
        return None
    if day is not None:
        return datetime.combine(day, clock)
    study_day = date_value(document, "StudyDate")
    return _on_or_after(study_day, time_value(document, "StudyTime"), clock) if study_day else None


def acquisition_clock(document: Document) -> time | None:
    """The time of day alone, also where no day is known."""
    moment = acquired_at(document)
    return moment.time() if moment else time_value(document, "AcquisitionTime")


def seconds_after(start: time, later: time) -> float:
    """From one time of day to another in seconds, more than −12 h and at most 12 h: midnight may lie between."""
    gap = datetime.combine(date.min, later) - datetime.combine(date.min, start)
    if gap > _HALF_A_DAY:
        gap -= 2 * _HALF_A_DAY
    elif gap <= -_HALF_A_DAY:
        gap += 2 * _HALF_A_DAY
    return gap.total_seconds()


def _on_or_after(day: date, started: time | None, clock: time) -> datetime:
    moment = datetime.combine(day, clock)
    is_next_day = started is not None and datetime.combine(day, started) - moment > _HALF_A_DAY
    return moment + timedelta(days=1) if is_next_day else moment

"""What PS3.15 Table E.1-1 says of each element, read from a maintained copy, with the options we take.

Basic profile; Retain Longitudinal Temporal Information with Modified Dates (E.3.6), Clean Descriptors (E.3.5), Retain
Safe Private (E.3.10) and, if the project chooses, Retain Patient Characteristics (E.3.4).
"""

from enum import StrEnum
from functools import lru_cache
from typing import Any

from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c as table
from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword

TABLE_EDITION = "2026c"
# Raised when the same object would leave with other bytes.
PROFILE_VERSION = 2


class Action(StrEnum):
    """What becomes of an element; the letters are those of the table, the last four are our options'."""

    REMOVE = "X"
    EMPTY = "Z"
    DUMMY = "D"
    REPLACE_UID = "U"
    CLEAN_TEXT = "C"
    SHIFT = "shift"
    CLEAN_ITEMS = "items"
    RETAIN = "K"


# A combination of letters leaves the choice to who knows whether the object needs the element: the later one is always
# allowed. Of sequences of references the UIDs are replaced.
_LISTS = {
    "X_TAGS": Action.REMOVE,
    "Z_TAGS": Action.EMPTY,
    "D_TAGS": Action.DUMMY,
    "U_TAGS": Action.REPLACE_UID,
    "Z_D_TAGS": Action.DUMMY,
    "X_Z_TAGS": Action.EMPTY,
    "X_D_TAGS": Action.DUMMY,
    "X_Z_D_TAGS": Action.DUMMY,
    "X_Z_U_STAR_TAGS": Action.CLEAN_ITEMS,
}
# Clean Descriptors: text about the picture, of which the harmless words stay.
DESCRIPTORS = frozenset(
    {
        "SeriesDescription", "StudyDescription", "ProtocolName", "PerformedProcedureStepDescription",
        "RequestedProcedureDescription", "ScheduledProcedureStepDescription", "AcquisitionProtocolDescription",
        "AcquisitionDeviceProcessingDescription", "ContrastBolusAgent", "RequestedContrastAgent", "ImageComments",
        "DerivationDescription", "FrameComments", "AcquisitionComments", "BolusDescription", "ModifiedImageDescription",
        "MultienergyAcquisitionDescription", "RespiratoryMotionCompensationTechniqueDescription",
        "AcquisitionFieldOfViewLabel", "SourceManufacturer",
    }
)  # fmt: skip
CHARACTERISTICS = frozenset({"PatientAge", "PatientSex", "PatientSize", "PatientWeight"})
# Dates of the person, not of what happened to it: no option lets them stay.
_OF_THE_PERSON = frozenset(
    {"PatientBirthDate", "PatientBirthTime", "PatientBirthDateInAlternativeCalendar", "SelectorDAValue",
     "PatientDeathDateInAlternativeCalendar", "PatientAlternativeCalendar", "SelectorDTValue", "SelectorTMValue"}
)  # fmt: skip
_TEMPORAL = frozenset({"DA", "DT", "TM"})


@lru_cache(maxsize=2)
def profile(characteristics: bool) -> dict[int, Action]:
    """Action by tag, for every element the table lists; groups 50xx and 60xx are removed by their number."""
    found: dict[int, Action] = {}
    for name, action in _LISTS.items():
        for entry in getattr(table, name):
            if len(entry) == 2:
                tag = entry[0] << 16 | entry[1]
                found[tag] = _by_option(tag, action)
    found |= {_tag(keyword): Action.CLEAN_TEXT for keyword in DESCRIPTORS}
    # The table leaves the choice; most objects may not have it without items (PS3.3 C.7.2.1).
    found[_tag("ReferencedStudySequence")] = Action.REMOVE
    if characteristics:
        found |= {_tag(keyword): Action.RETAIN for keyword in CHARACTERISTICS}
    return found


@lru_cache(maxsize=1)
def table_tags() -> frozenset[int]:
    """Those the table itself lists one by one."""
    entries: list[Any] = [entry for name in _LISTS for entry in getattr(table, name)]
    return frozenset(entry[0] << 16 | entry[1] for entry in entries if len(entry) == 2)


def _by_option(tag: int, action: Action) -> Action:
    try:
        vr = dictionary_VR(tag)
    except KeyError:
        return Action.REMOVE  # newer than the dictionary: what it holds is not known
    if vr in _TEMPORAL and keyword_for_tag(tag) not in _OF_THE_PERSON:
        return Action.SHIFT
    return action


def _tag(keyword: str) -> int:
    tag = tag_for_keyword(keyword)
    assert tag is not None, keyword
    return tag

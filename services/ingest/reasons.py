"""Why a file was refused: a closed list, and the DICOM failure each one is in a STOW answer."""

from dataclasses import dataclass
from enum import StrEnum

from imaging.part10 import Refusal, RefusalCode, UnusableUids


class ReasonCode(StrEnum):
    """The file itself:

    - `not_dicom` neither DICOM nor a ZIP archive
    - `truncated` it ends before what it announces
    - `bad_length` a length in it cannot be
    - `too_deep` sequences nested beyond the limit
    - `too_many_elements` more data elements than the limit
    - `meta_too_large` file meta information beyond 64 KiB
    - `bad_deflate` a deflated data set that cannot be inflated
    - `inflates_too_much` a deflated data set that grows beyond the limit
    - `missing_uid`, `bad_uid` SOP Class, SOP Instance, Study or Series Instance UID missing or malformed; with
      `assign_uids` objects without usable Instance UIDs are taken
    - `dicomdir` an index of a medium: send the files it lists
    - `empty` no bytes
    - `wrong_size` fewer or more bytes than its own Content-Length says

    What is known already:

    - `conflicting_bytes` another object has this SOP Instance UID, and not the same image in another encoding; the
      first one is kept
    - `study_mismatch` not of the study it was sent to
    - `study_deleted` the study was deleted here; it is not taken again until a steward lifts that

    Archives:

    - `archive_unsafe` an archive, or a member of one, that cannot be unpacked safely: encrypted, nested, damaged,
      unpacking to more than the limits, or with names that lead elsewhere
    - `too_large` a member larger than one file may be
    """

    NOT_DICOM = RefusalCode.NOT_DICOM.value
    TRUNCATED = RefusalCode.TRUNCATED.value
    BAD_LENGTH = RefusalCode.BAD_LENGTH.value
    TOO_DEEP = RefusalCode.TOO_DEEP.value
    TOO_MANY_ELEMENTS = RefusalCode.TOO_MANY_ELEMENTS.value
    META_TOO_LARGE = RefusalCode.META_TOO_LARGE.value
    BAD_DEFLATE = RefusalCode.BAD_DEFLATE.value
    INFLATES_TOO_MUCH = RefusalCode.INFLATES_TOO_MUCH.value
    MISSING_UID = RefusalCode.MISSING_UID.value
    BAD_UID = RefusalCode.BAD_UID.value
    DICOMDIR = RefusalCode.DICOMDIR.value
    EMPTY = "empty"
    WRONG_SIZE = "wrong_size"
    CONFLICTING_BYTES = "conflicting_bytes"
    STUDY_MISMATCH = "study_mismatch"
    STUDY_DELETED = "study_deleted"
    ARCHIVE_UNSAFE = "archive_unsafe"
    TOO_LARGE = "too_large"


@dataclass(frozen=True)
class Reason:
    """`detail` is a sentence without values out of the file; `offset` counts bytes from the file's start."""

    code: ReasonCode
    detail: str
    offset: int | None = None


def reason_of_refusal(refusal: Refusal) -> Reason:
    choice = " With assign_uids it is taken, under a UID of ours." if isinstance(refusal, UnusableUids) else ""
    return Reason(ReasonCode(refusal.code.value), refusal.detail + choice, refusal.offset)


# PS3.18 Table I.2-2. 0x0124 not authorised (PS3.7 C), 0xA700 out of resources, 0xA901 not of the study named, 0xB00E
# other bytes under the same UID (a vendor's extension others use too), 0xC000 cannot understand.
NOT_AUTHORISED, OUT_OF_RESOURCES, OTHER_STUDY, OTHER_BYTES, CANNOT_UNDERSTAND = 292, 42752, 43265, 45070, 49152

_FAILURES = {
    ReasonCode.CONFLICTING_BYTES: OTHER_BYTES,
    ReasonCode.STUDY_MISMATCH: OTHER_STUDY,
    ReasonCode.STUDY_DELETED: NOT_AUTHORISED,
    ReasonCode.INFLATES_TOO_MUCH: OUT_OF_RESOURCES,
    ReasonCode.TOO_MANY_ELEMENTS: OUT_OF_RESOURCES,
    ReasonCode.TOO_LARGE: OUT_OF_RESOURCES,
}


def failure_reason(code: ReasonCode) -> int:
    """The decimal of FailureReason (0008,1197)."""
    return _FAILURES.get(code, CANNOT_UNDERSTAND)

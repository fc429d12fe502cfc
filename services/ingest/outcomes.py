"""Outcomes of received files as values, the closed list of reasons to refuse one, and the DICOM failure of each."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum

from imaging.dicom.part10 import Refusal, RefusalCode, UnusableUids, read_header
from imaging.dicom.uids import Header, with_assigned_uids
from services.ingest.ledger import Upload
from services.ingest.spool import SpooledFile

# PS3.18 Table I.2-2. 0x0124 not authorised (PS3.7 C), 0xA700 out of resources, 0xA901 not of the study named, 0xB00E
# other bytes under the same UID (a vendor's extension others use too), 0xC000 cannot understand.
NOT_AUTHORISED, OUT_OF_RESOURCES, OTHER_STUDY, OTHER_BYTES, CANNOT_UNDERSTAND = 292, 42752, 43265, 45070, 49152


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


class OutcomeKind(StrEnum):
    """`duplicate`: these bytes are here. `same_image`: the same image is, in another encoding, which is kept."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    SAME_IMAGE = "same_image"
    REFUSED = "refused"


@dataclass(frozen=True)
class Received:
    """A file as it came in; `reason` is set when it was refused before anyone looked inside."""

    name: str
    body: SpooledFile | None
    reason: Reason | None = None


@dataclass(frozen=True)
class Secured:
    """A file that was looked at and, unless refused, whose bytes are durable.

    One without usable UIDs is refused, and durable all the same, with the `nameless` header it could be taken with.
    """

    name: str
    sha256: str | None
    bytes: int
    header: Header | None
    reason: Reason | None
    nameless: Header | None = None

    @property
    def may_be_taken(self) -> bool:
        return self.reason is None or self.nameless is not None


@dataclass(frozen=True)
class Outcome:
    """What became of a file. The header is there when it could be read, also of a refused one."""

    name: str
    kind: OutcomeKind
    sha256: str | None
    bytes: int
    header: Header | None
    reason: Reason | None

    @property
    def sop_instance_uid(self) -> str | None:
        return self.header.sop_instance_uid if self.header else None


def examined(file: Received, study: str | None) -> Secured:
    if file.body is None:
        return Secured(file.name, None, 0, None, file.reason)
    digest, size = file.body.sha256, file.body.size
    if size == 0:
        reason = file.reason or Reason(ReasonCode.EMPTY, "The file has no bytes.")
        return Secured(file.name, digest, 0, None, reason)
    if file.reason:
        return Secured(file.name, digest, size, None, file.reason)
    # The verdict is a value: an exception would keep a view of the file open through its traceback.
    header, refused = file.body.read(_walked)
    if refused or header is None:
        return Secured(file.name, digest, size, None, refused, header)
    return Secured(file.name, digest, size, header, _other_study(header, study))


def named(file: Secured, upload: Upload) -> Secured:
    """The file with UIDs in the places of missing ones, where the upload asks for that."""
    if file.nameless is None or not upload.assign_uids:
        return file
    assert file.sha256 is not None
    header = with_assigned_uids(file.nameless, upload.hospital, file.sha256)
    return replace(file, header=header, reason=None, nameless=None)


def judged(
    files: Sequence[Secured], new: set[str], kept: dict[str, str], same: Set[tuple[str, str]] = frozenset()
) -> list[Outcome]:
    """`kept`: the digest each SOP Instance UID has; `same`: pairs of digests that are one image, the kept one first."""
    unclaimed = set(new)
    return [_judge(file, unclaimed, kept, same) for file in files]


def row_of(outcome: Outcome) -> tuple[object, ...]:
    reason = outcome.reason
    said = (reason.code.value, reason.detail, reason.offset) if reason else (None, None, None)
    return (outcome.name, outcome.kind.value, *said, outcome.sop_instance_uid, outcome.sha256, outcome.bytes)


def _walked(body: object) -> tuple[Header | None, Reason | None]:
    try:
        return read_header(body), None  # type: ignore[arg-type]
    except UnusableUids as refusal:
        return refusal.header, reason_of_refusal(refusal)
    except Refusal as refusal:
        return None, reason_of_refusal(refusal)


def _other_study(header: Header, study: str | None) -> Reason | None:
    if study is None or header.study_instance_uid == study:
        return None
    return Reason(ReasonCode.STUDY_MISMATCH, "The object is of another study than the one it was sent to.")


def _judge(file: Secured, unclaimed: set[str], kept: dict[str, str], same: Set[tuple[str, str]]) -> Outcome:
    kind, reason = OutcomeKind.REFUSED, file.reason
    if reason is None:
        assert file.header is not None
        uid = file.header.sop_instance_uid
        if (kept.get(uid), file.sha256) in same:
            kind = OutcomeKind.SAME_IMAGE
        elif kept.get(uid) != file.sha256:
            detail = "Another object with this SOP Instance UID is here already; the first one is kept."
            reason = Reason(ReasonCode.CONFLICTING_BYTES, detail)
        elif uid in unclaimed:
            unclaimed.remove(uid)
            kind = OutcomeKind.STORED
        else:
            kind = OutcomeKind.DUPLICATE
    return Outcome(file.name, kind, file.sha256, file.bytes, file.header, reason)

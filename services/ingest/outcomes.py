"""Files at the door as values: received, looked at, and what became of each."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum

from imaging.assigned_uids import Header, with_assigned_uids
from imaging.part10 import Refusal, UnusableUids, read_header
from services.ingest.ledger import Upload
from services.ingest.reasons import Reason, ReasonCode, reason_of_refusal
from services.ingest.spool import SpooledFile


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

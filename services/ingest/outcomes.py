"""Files at the door as values: received, looked at, and what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from imaging.part10 import Header, Refusal, read_header
from services.ingest.reasons import Reason, ReasonCode, reason_of_refusal
from services.ingest.spool import SpooledFile


class OutcomeKind(StrEnum):
    STORED = "stored"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True)
class Received:
    """A file as it came in; `reason` is set when it was refused before anyone looked inside."""

    name: str
    body: SpooledFile | None
    reason: Reason | None = None


@dataclass(frozen=True)
class Secured:
    """A file that was looked at and, unless refused, whose bytes are durable."""

    name: str
    sha256: str | None
    bytes: int
    header: Header | None
    reason: Reason | None


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
    verdict = file.body.read(_walked)
    if isinstance(verdict, Reason):
        return Secured(file.name, digest, size, None, verdict)
    return Secured(file.name, digest, size, verdict, _other_study(verdict, study))


def judged(files: Sequence[Secured], new: set[str], kept: dict[str, str]) -> list[Outcome]:
    unclaimed = set(new)
    return [_judge(file, unclaimed, kept) for file in files]


def row_of(outcome: Outcome) -> tuple[object, ...]:
    reason = outcome.reason
    said = (reason.code.value, reason.detail, reason.offset) if reason else (None, None, None)
    return (outcome.name, outcome.kind.value, *said, outcome.sop_instance_uid, outcome.sha256, outcome.bytes)


def _walked(body: object) -> Header | Reason:
    try:
        return read_header(body)  # type: ignore[arg-type]
    except Refusal as refusal:
        return reason_of_refusal(refusal)


def _other_study(header: Header, study: str | None) -> Reason | None:
    if study is None or header.study_instance_uid == study:
        return None
    return Reason(ReasonCode.STUDY_MISMATCH, "The object is of another study than the one it was sent to.")


def _judge(file: Secured, unclaimed: set[str], kept: dict[str, str]) -> Outcome:
    kind, reason = OutcomeKind.REFUSED, file.reason
    if reason is None:
        assert file.header is not None
        uid = file.header.sop_instance_uid
        if kept.get(uid) != file.sha256:
            detail = "Another object with this SOP Instance UID is here already; the first one is kept."
            reason = Reason(ReasonCode.CONFLICTING_BYTES, detail)
        elif uid in unclaimed:
            unclaimed.remove(uid)
            kind = OutcomeKind.STORED
        else:
            kind = OutcomeKind.DUPLICATE
    return Outcome(file.name, kind, file.sha256, file.bytes, file.header, reason)

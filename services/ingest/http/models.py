"""The shapes of the uploads API, and the fields a client may send for all files of an upload."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from chassis.errors import BadRequest
from services.ingest.ledger import Upload
from services.ingest.outcomes import Outcome, OutcomeKind, ReasonCode

_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
_Hospital = Annotated[str, StringConstraints(strip_whitespace=True, max_length=50, pattern=_PRINTABLE)]
_Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=50, pattern=_PRINTABLE)]
_Long = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=_PRINTABLE)]


class ReasonAnswer(BaseModel):
    code: ReasonCode = Field(description=ReasonCode.__doc__)
    detail: str = Field(description="A sentence; never a value out of the file.")
    offset: int | None = Field(None, description="Bytes from the file's start.")


class FileAnswer(BaseModel):
    name: str = Field(description="The file's name as sent; archive.zip/member for a member.")
    outcome: OutcomeKind
    sop_instance_uid: str | None = None
    sha256: str | None = Field(None, description="Of the bytes received, lower-case hex.")
    bytes: int
    reason: ReasonAnswer | None = Field(None, description="Only of a refused file.")


class UploadAnswer(BaseModel):
    upload_id: UUID
    received: int
    stored: int
    duplicate: int = Field(description="Here already: the same bytes, or the same image in another encoding.")
    refused: int
    items: Sequence[FileAnswer] = Field(description="One for each file of this request, in the order received.")


class Progress(BaseModel):
    """Files by outcome; then distinct objects of this upload, stored or here already, by what became of them."""

    upload_id: UUID
    created_at: datetime
    hospital: str
    received: int
    stored: int
    duplicate: int
    refused: int
    extracted: int = Field(description="Tags are read, with a picture or without.")
    no_picture: int = Field(description="Of those extracted, without a picture.")
    catalogued: int = Field(description="Can be searched.")
    failed: int
    pending: int = Field(description="Neither catalogued nor failed yet.")
    deleted: int = Field(description="Their study was deleted since.")
    done: bool = Field(description="Nothing is pending.")


class Check(BaseModel):
    sha256: Sequence[str] = Field(max_length=10_000, description="Digests of files one might send, lower-case hex.")
    hospital: str | None = Field(
        None, max_length=50, pattern=r"^[^\x00]*$", description="Default: the setting RCDM_HOSPITAL."
    )


class Known(BaseModel):
    known: Sequence[str] = Field(description="What need not be sent again.")


def upload_answer(upload: Upload, outcomes: Sequence[Outcome]) -> UploadAnswer:
    counts = Counter(outcome.kind for outcome in outcomes)
    return UploadAnswer(
        upload_id=upload.upload_id,
        received=len(outcomes),
        stored=counts[OutcomeKind.STORED],
        duplicate=counts[OutcomeKind.DUPLICATE] + counts[OutcomeKind.SAME_IMAGE],
        refused=counts[OutcomeKind.REFUSED],
        items=[_file_answer(outcome) for outcome in outcomes],
    )


def status_of(answer: UploadAnswer) -> int:
    """201 something new, or an upload opened; 200 all of it was here; 422 all of it was refused."""
    if answer.stored or not answer.received:
        return 201
    return 200 if answer.duplicate else 422


def _file_answer(outcome: Outcome) -> FileAnswer:
    reason = outcome.reason
    return FileAnswer(
        name=outcome.name,
        outcome=outcome.kind,
        sop_instance_uid=outcome.sop_instance_uid,
        sha256=outcome.sha256,
        bytes=outcome.bytes,
        reason=ReasonAnswer(code=reason.code, detail=reason.detail, offset=reason.offset) if reason else None,
    )


class Fields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    hospital: _Hospital = Field("", description="Where the images come from; empty: the setting RCDM_HOSPITAL.")
    diagnosis: _Long = Field("", description="The diagnosis of all files, in words.")
    diagnosis_code: _Short = Field("", description="Its code.")
    vocabulary: _Short = Field("", description="The vocabulary of the code, such as KCD7 or ICD10.")
    assign_uids: bool = Field(
        False, description="Take objects without usable Instance UIDs under UIDs of ours, which the catalogue tells."
    )


def fields_of(query: Fields, form: Mapping[str, str]) -> Fields:
    """Both together. Raises BadRequest, without repeating values, for a field that is wrong or said twice."""
    twice = sorted(query.model_fields_set & form.keys())
    if twice:
        raise BadRequest(f"{', '.join(twice)}: say it in the form or in the address, not in both.", fields=twice)
    try:
        return Fields.model_validate({**query.model_dump(exclude_unset=True), **form})
    except ValidationError as error:
        wrong = [f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors()]
        raise BadRequest("; ".join(wrong)) from None

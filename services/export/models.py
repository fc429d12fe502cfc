"""What clients send and get about data sets and operations."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cdm.query.filters import OccurrenceFilter
from cdm.query.saved import CohortName
from chassis.errors import BadRequest
from chassis.http.paging import LARGEST_ID
from services.export.names import check_dataset_name
from services.export.split import Split

Mode = Literal["phase", "plane", "both", "series", "flat"]
Stratum = Literal["sex", "modality", "hospital"]
MOST_LISTED = 10_000
UID = r"^[0-9]+(\.[0-9]+)*$"
State = Literal["queued", "running", "done", "failed", "cancelled"]


class DatasetRequest(BaseModel):
    """A query to be frozen as the next version of a data set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(max_length=64, examples=["liver-ct"], description="The name again makes the next version.")
    filter: OccurrenceFilter = Field(OccurrenceFilter(), description="Which images; the words of a search.")
    mode: Mode = Field(description="Folders of the archive: by contrast phase, plane, both, series, or none.")
    format: Literal["png", "png16", "dicom", "nifti"] = Field(
        "png", description="8-bit pictures, lossless 16-bit ones, de-identified DICOM, or volumes."
    )
    cohort: CohortName | None = Field(None, description="A saved cohort: its filter, instead of one of your own.")
    occurrences: tuple[Annotated[int, Field(ge=1, le=LARGEST_ID)], ...] = Field(
        (), max_length=MOST_LISTED, description="Only these studies, by the ids that searches give."
    )
    series: tuple[Annotated[str, Field(pattern=UID, max_length=64)], ...] = Field(
        (), max_length=MOST_LISTED, description="Of the studies listed only these series (Series Instance UID)."
    )
    regular_volumes: bool = Field(
        False,
        description="Hold back what is in no regular volume: gaps, uneven steps, tilt, no place, one twice.",
    )
    retain_patient_characteristics: bool = Field(True, description="DICOM keeps age, sex, size, weight.")
    split: Split | None = Field(None, description="Shares of patients; null: no split.")
    stratify: tuple[Stratum, ...] = Field((), description="Meet the shares inside each of these groups, too.")

    @field_validator("name")
    @classmethod
    def _usable_name(cls, value: str) -> str:
        try:
            return check_dataset_name(value)
        except BadRequest as error:
            raise ValueError(error.detail) from None

    @field_validator("stratify", "occurrences", "series")
    @classmethod
    def _once(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(sorted(set(value)))

    @model_validator(mode="after")
    def _says_once_what_is_meant(self) -> Self:
        if self.cohort is not None and self.filter != OccurrenceFilter():
            raise ValueError("write a filter or the name of a cohort, not both")
        if self.series and not self.occurrences:
            raise ValueError("series are looked for in the studies of `occurrences`; list these, too")
        return self


class Accepted(BaseModel):
    operation_id: UUID
    dataset: str
    version: str
    needs_approval: bool | None = Field(
        None, description="True: so few patients that a steward has to let it be built."
    )


class Approval(BaseModel):
    """A steward's word that a version of few patients may be built."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(min_length=8, max_length=500, description="Why; kept in the trail.")


class Withdrawal(BaseModel):
    """Why a version should not be used any more."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(min_length=8, max_length=500, description="Why; told to everybody who asks for the version.")


class Operation(BaseModel):
    """Work that goes on after the answer; `done` of `total` pictures."""

    operation_id: UUID
    kind: str
    state: State
    done: int
    total: int
    result: dict[str, Any] | None = None
    error: str | None = None
    created_at: datetime

    @property
    def is_final(self) -> bool:
        return self.state in ("done", "failed", "cancelled")


class DatasetItem(BaseModel):
    """A data set: `latest` is its newest version that is ready, else its newest."""

    name: str
    created_at: datetime
    versions: int
    latest: str
    state: str


class VersionItem(BaseModel):
    version: str
    number: int
    state: str
    created_at: datetime
    members: int
    deleted: int = Field(description="Of its pictures those that were deleted since; then its archive is gone.")
    operation_id: UUID
    withdrawn_at: datetime | None = Field(None, description="Nobody should use it any more; its archive is gone.")


class Dataset(DatasetItem):
    items: list[VersionItem] = Field(description="The versions, newest first (at most 1,000).")


class Version(VersionItem):
    """Everything about a version; `description` is its dataset.json once it is ready."""

    name: str
    rule: dict[str, Any]
    content_sha256: str
    withdrawn_reason: str | None = None
    exclusions: dict[str, int] = Field(description="Images held back, by reason.")
    description: dict[str, Any] | None
    manifest_sha256: str | None
    archive_bytes: int | None


class Difference(BaseModel):
    """One picture that is not the same in both versions."""

    change: Literal["added", "removed", "changed"]
    sop_uid: str
    frame: int
    path: str | None
    path_before: str | None


class Diff(BaseModel):
    """What differs between two versions of one data set."""

    dataset: str
    before: str = Field(serialization_alias="from")
    to: str
    added: int
    removed: int
    changed: int = Field(description="Pictures with other bytes, another plane or another phase.")
    moved_persons: int = Field(description="Patients on another side of the split: 0, a patient keeps its side.")
    rule_changes: dict[str, list[Any]] = Field(description="Rules that differ: before and after.")
    items: list[Difference]
    next: str | None = None

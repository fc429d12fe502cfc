"""What clients send and get about data sets and operations."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from chassis.errors import BadRequest
from cohort.filters import OccurrenceFilter
from services.export.names import check_dataset_name
from services.export.split import Split

Mode = Literal["phase", "plane", "both", "series", "flat"]
Stratum = Literal["sex", "modality", "hospital"]
State = Literal["queued", "running", "done", "failed", "cancelled"]


class DatasetRequest(BaseModel):
    """A query to be frozen as the next version of a data set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(max_length=64, examples=["liver-ct"], description="The name again makes the next version.")
    filter: OccurrenceFilter = Field(OccurrenceFilter(), description="Which images; the words of a search.")
    mode: Mode = Field(description="Folders of the archive: by contrast phase, plane, both, series, or none.")
    format: Literal["png", "png16", "dicom", "nifti"] = Field(
        "png", description="8-bit pictures, lossless 16-bit ones, de-identified DICOM, or volumes made of it."
    )
    retain_patient_characteristics: bool = Field(True, description="DICOM and NIfTI keep age, sex, size, weight.")
    split: Split | None = Field(None, description="Shares of patients; null: no split.")
    stratify: tuple[Stratum, ...] = Field((), description="Meet the shares inside each of these groups, too.")

    @field_validator("name")
    @classmethod
    def _usable_name(cls, value: str) -> str:
        try:
            return check_dataset_name(value)
        except BadRequest as error:
            raise ValueError(error.detail) from None

    @field_validator("stratify")
    @classmethod
    def _once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(set(value)))


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


class Dataset(DatasetItem):
    items: list[VersionItem] = Field(description="The versions, newest first (at most 1,000).")


class Version(VersionItem):
    """Everything about a version; `description` is its dataset.json once it is ready."""

    name: str
    rule: dict[str, Any]
    content_sha256: str
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

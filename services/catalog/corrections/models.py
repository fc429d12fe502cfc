"""What a correction says: of which studies, series or images, and what is true of them instead."""

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from cdm.query.filters import OccurrenceFilter, known_phases, known_planes
from services.catalog.load.study import LOOKUP_CHARACTERS

# A study is computed again whole: so many of them take some twenty seconds.
MOST_OCCURRENCES, MOST_IMAGES = 1000, 100_000
MOST_IDS, MOST_SERIES = 10_000, 1000
OF_IMAGES = ("plane", "phase")
OF_STUDIES = ("hospital", "protocol", "condition")


def _clean(value: str) -> str:
    """Composed and trimmed; PostgreSQL knows no U+0000."""
    if "\0" in value:
        raise ValueError("a NUL character cannot be kept")
    return unicodedata.normalize("NFC", value).strip()


def _said(value: str) -> str:
    if not _clean(value):
        raise ValueError("an empty value corrects nothing; write null where there is none")
    return _clean(value)


Line = Annotated[str, AfterValidator(_said)]
Reason = Annotated[
    str, AfterValidator(_clean), Field(min_length=8, max_length=500, description="Why; kept, and shown to who reads.")
]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
SeriesUid = Annotated[str, Field(min_length=1, max_length=64)]


class SaidDiagnosis(BaseModel):
    """A diagnosis as an upload would say it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[str, AfterValidator(_clean), Field(max_length=1000)] = ""
    code: Annotated[str, AfterValidator(_clean), Field(max_length=50)] = ""
    vocabulary: Annotated[str, AfterValidator(_clean), Field(max_length=20)] = ""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.text or self.code):
            raise ValueError("a diagnosis has a text or a code; write null where there is none")
        return self


class CorrectedValues(BaseModel):
    """What is true instead; what is left out stays. Null (of protocol and condition): there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plane: str = Field("", description="AXIAL, CORONAL, …: of images.")
    phase: str = Field("", description="ARTERIAL, NON_CONTRAST, …, DYNAMIC_k, PHASE_k: of images.")
    hospital: Annotated[Line, Field(max_length=LOOKUP_CHARACTERS)] = Field(
        "", description="Of studies; takes a steward of all hospitals."
    )
    protocol: Annotated[Line, Field(max_length=LOOKUP_CHARACTERS)] | None = Field(None, description="Of studies.")
    condition: SaidDiagnosis | None = Field(None, description="The diagnosis attached; of studies.")

    @field_validator("plane")
    @classmethod
    def _planes(cls, value: str) -> str:
        return known_planes((value,))[0]

    @field_validator("phase")
    @classmethod
    def _phases(cls, value: str) -> str:
        return known_phases((value,))[0]

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(f"say what is true instead: one of {', '.join((*OF_IMAGES, *OF_STUDIES))}")
        if not (self.model_fields_set <= set(OF_IMAGES) or self.model_fields_set <= set(OF_STUDIES)):
            raise ValueError("plane and phase belong to images, the others to studies: make two corrections")
        return self

    def said(self) -> Mapping[str, Any]:
        """What was said, as JSON keeps it."""
        values: dict[str, Any] = self.model_dump(include=self.model_fields_set)
        return values


class CorrectionRequest(BaseModel):
    """Nothing changes until `dry_run` is false."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Literal["occurrence", "series", "image"]
    filter: OccurrenceFilter | None = Field(
        None, description="Those a search with these words finds; of `series` those with an image that fits."
    )
    ids: Annotated[tuple[Id, ...], Field(max_length=MOST_IDS)] = Field(
        (), description="Instead of a filter: image_id for `image`, radiology_occurrence_id otherwise."
    )
    series: Annotated[tuple[SeriesUid, ...], Field(max_length=MOST_SERIES)] = Field(
        (), description="Of those studies only these Series Instance UIDs; with `series` only."
    )
    values: CorrectedValues = Field(alias="set")
    reason: Reason
    dry_run: bool = True

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.filter is None) == (not self.ids):
            raise ValueError("say filter or ids, one of them")
        if self.target == "image" and self.filter is not None:
            raise ValueError("images are chosen by their ids; a filter chooses studies or series")
        if self.series and self.target != "series":
            raise ValueError("series goes with the target series")
        if self.target != "occurrence" and not self.values.model_fields_set <= set(OF_IMAGES):
            raise ValueError("hospital, protocol and condition belong to a whole study: say the target occurrence")
        return self


class UndoRequest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Reason

"""The words a cohort is described with: query parameters of a search, `filter` of a data set.

A repeated word means "any of" (of `tag`: all of them), different words mean "and". Lists are sorted and without
repeats, so that two ways of writing one filter are equal.
"""

import re
import unicodedata
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from cdm.query.tags import tag_condition
from imaging.geometry.plane import Plane
from imaging.phase.types import Phase

SEXES = ("M", "F", "O", "U")
PLANES = tuple(Plane)
PHASES = tuple(Phase)
MAX_VALUES = 200
MAX_CHARACTERS = 1000
MAX_WORDS = 32
MAX_AGE = 150
# Far beyond any device; a larger number is a slip of the unit.
MAX_AMOUNT = 1_000_000
RANGES = ("age", "pixel_spacing", "slice_thickness", "field_strength", "kvp")  # each with _min and _max

_NUMBERED_PHASE = re.compile(r"(DYNAMIC|PHASE)_[1-9]\d{0,3}")


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | int) else value


def _clean(value: str) -> str:
    """Composed (macOS writes Hangul in parts) and trimmed. PostgreSQL knows no U+0000."""
    if "\0" in value:
        raise ValueError("a NUL character cannot be searched for")
    composed = unicodedata.normalize("NFC", value).strip()
    if not composed:
        raise ValueError("an empty value finds nothing; leave the parameter out")
    return composed


def _iso_date(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("write a date as YYYY-MM-DD")
    return value


Text = Annotated[str, BeforeValidator(str), Field(max_length=MAX_CHARACTERS)]
Values = Annotated[tuple[Text, ...], BeforeValidator(_as_list), Field(max_length=MAX_VALUES)]
ConceptId = Annotated[int, Field(ge=1, le=2**31 - 1)]
Concepts = Annotated[tuple[ConceptId, ...], BeforeValidator(_as_list), Field(max_length=MAX_VALUES)]
Age = Annotated[int | None, Field(ge=0, le=MAX_AGE)]
Amount = Annotated[float, Field(ge=0, le=MAX_AMOUNT, allow_inf_nan=False)] | None
Day = Annotated[date | None, BeforeValidator(_iso_date)]


class OccurrenceFilter(BaseModel):
    """Which occurrences are meant. Every value is literal text: `%` and `_` stand for themselves; case is ignored.

    What is said of images (plane, phase, sequence, the measures from spacing to kvp, tag) holds for one and the same
    image of the study.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    condition: Values = Field((), description="Part of a diagnosis as it was written.")
    condition_concept_id: Concepts = Field(
        (), description="An approved diagnosis is this concept, or one below it in the loaded vocabulary."
    )
    modality: Values = Field((), description="CT, MR, PETCT, …; PT also finds the PT part of PETCT.")
    device: Values = Field((), description="Part of station name, manufacturer or model.")
    manufacturer: Values = Field((), description="Part of the name of the device's manufacturer.")
    hospital: Values = Field((), description="The hospital's name.")
    protocol: Values = Field((), description="Part of a protocol's name.")
    body_part: Values = Field((), description="The body part as the device wrote it.")
    plane: Values = Field((), description=f"Has images of this plane: {', '.join(PLANES)}.")
    phase: Values = Field((), description=f"Has images of this phase: {', '.join(PHASES)}, DYNAMIC_k, PHASE_k.")
    sequence: Values = Field(
        (), description="Has images of this kind of MR sequence: T1, T2, FLAIR, STIR, DWI, ADC, SWI, MRA, …."
    )
    sex: Values = Field((), description="M, F, O (other), U (not said).")
    age_min: Age = Field(None, description="Age at the study, in years.")
    age_max: Age = Field(None, description="Age at the study, in years; 40 includes the whole year of being 40.")
    date_from: Day = Field(None, description="First study date, YYYY-MM-DD.")
    date_to: Day = Field(None, description="Last study date, YYYY-MM-DD.")
    pixel_spacing_min: Amount = Field(None, description="Has images whose pixels are at least so far apart, in mm.")
    pixel_spacing_max: Amount = Field(None, description="Has images whose pixels are at most so far apart, in mm.")
    slice_thickness_min: Amount = Field(None, description="Has images of slices at least so thick, in mm.")
    slice_thickness_max: Amount = Field(None, description="Has images of slices at most so thick, in mm.")
    field_strength_min: Amount = Field(None, description="Has images made in at least so strong a field, in tesla.")
    field_strength_max: Amount = Field(None, description="Has images made in at most so strong a field, in tesla.")
    kvp_min: Amount = Field(None, description="Has images made with at least this peak kilovoltage.")
    kvp_max: Amount = Field(None, description="Has images made with at most this peak kilovoltage.")
    q: str | None = Field(
        None,
        max_length=MAX_CHARACTERS,
        description="Words, each of which stands in description, protocol, body part, device, condition or hospital, "
        "or in a name, in any language, of the concept that the condition was approved for.",
    )
    tag: Values = Field(
        (),
        description="A condition on an element of the header: EchoTime<50, SeriesDescription~T2 (contains), "
        "ContrastBolusAgent (has a value). Unlike other repeated words, all of them have to hold, for one image.",
    )

    @field_validator("condition", "modality", "device", "manufacturer", "hospital", "protocol", "body_part")
    @classmethod
    def _texts(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted({_clean(value) for value in values}))

    @field_validator("sequence")
    @classmethod
    def _words(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return _upper(values)

    @field_validator("plane")
    @classmethod
    def _planes(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return known_planes(values)

    @field_validator("phase")
    @classmethod
    def _phases(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return known_phases(values)

    @field_validator("sex")
    @classmethod
    def _sexes(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return _closed(_upper(values), SEXES)

    @field_validator("q")
    @classmethod
    def _few_words(cls, value: str | None) -> str | None:
        if value is None or not value.strip():
            return None  # a search box that was emptied
        cleaned = _clean(value)
        if len(cleaned.split()) > MAX_WORDS:
            raise ValueError(f"at most {MAX_WORDS} words")
        return cleaned

    @field_validator("tag")
    @classmethod
    def _tags(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        cleaned = tuple(sorted({_clean(value) for value in values}))
        for value in cleaned:
            tag_condition(value)
        return cleaned

    @field_validator("condition_concept_id")
    @classmethod
    def _concepts(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(values)))

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise ValueError("date_from is after date_to")
        for name in RANGES:
            low, high = getattr(self, f"{name}_min"), getattr(self, f"{name}_max")
            if low is not None and high is not None and low > high:
                raise ValueError(f"{name}_min is above {name}_max")
        return self


def known_planes(values: tuple[str, ...]) -> tuple[str, ...]:
    """In upper case, sorted. Raises ValueError that lists the planes."""
    return _closed(_upper(values), PLANES)


def known_phases(values: tuple[str, ...]) -> tuple[str, ...]:
    """In upper case, sorted. Raises ValueError that lists the phases."""
    named = _upper(values)
    _closed(tuple(value for value in named if not _NUMBERED_PHASE.fullmatch(value)), (*PHASES, "DYNAMIC_k", "PHASE_k"))
    return named


def _upper(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({_clean(value).upper() for value in values}))


def _closed(values: tuple[str, ...], allowed: tuple[str, ...]) -> tuple[str, ...]:
    if not set(values) <= set(allowed):
        raise ValueError(f"unknown value; write one of {', '.join(allowed)}")
    return values

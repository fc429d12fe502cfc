"""Train, validation, test: a patient's side is drawn once by keyed hash and never changes while the ratios stay."""

import math
from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

RULE_VERSION = 1
Ratio = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_TOLERANCE = 1e-6


class Split(BaseModel):
    """Shares of the patients, together 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    train: Ratio
    validation: Ratio
    test: Ratio

    @model_validator(mode="after")
    def _sums_to_one(self) -> "Split":
        if not math.isclose(self.train + self.validation + self.test, 1, abs_tol=_TOLERANCE, rel_tol=0):
            raise ValueError("train, validation and test add up to 1")
        return self


def side_of(fraction: float, split: Split) -> str:
    """The side of a patient who drew `fraction`, a number in [0, 1): it depends on nobody else."""
    if fraction < split.train:
        return "train"
    # A share of 0 stays empty, whatever the rounding of the sums.
    in_validation = fraction < split.train + split.validation or split.test == 0
    return "validation" if in_validation and split.validation > 0 else "test" if split.test > 0 else "train"


def splitter(split: Split | None, fraction_of: Callable[[str], float]) -> Callable[[str], str | None]:
    """Person's key to side; None for everybody when nothing is split."""
    if split is None:
        return lambda person_key: None
    return lambda person_key: side_of(fraction_of(person_key), split)

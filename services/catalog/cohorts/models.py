"""What clients send and get about saved cohorts."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from cdm.query.filters import OccurrenceFilter
from cdm.query.saved import CohortName


class CohortDefinition(BaseModel):
    """The words of a search."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    filter: OccurrenceFilter


class NewCohort(CohortDefinition):
    """A filter to be kept under a name."""

    name: CohortName


class CohortItem(BaseModel):
    """A saved cohort. Upper and lower case do not tell two names apart."""

    name: str
    filter: dict[str, Any] = Field(description="Only the words that were said.")
    made_by: str
    made_at: datetime
    changed_by: str
    changed_at: datetime


class Cohort(CohortItem):
    """A saved cohort, counted now, in the hospitals you see."""

    count: int = Field(description="Studies.")
    sql: str = Field(description="What was counted, with its values: copy it into psql, on the tables of `rcdm`.")

"""Saved cohorts: how one may be called, who sees it, and the filter it stands for."""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from cdm.query.access import Scope
from cdm.query.filters import OccurrenceFilter
from chassis.errors import NotFound

_NAME = r"\w[\w .-]{0,62}[\w.-]|\w"
_NAME_TOLD = "A cohort's name has 1 to 64 letters, digits, spaces, dots, dashes and underscores."


def composed(value: Any) -> Any:
    """Hangul written in parts is the same name."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def _checked(name: str) -> str:
    if not re.fullmatch(_NAME, name):
        raise ValueError(_NAME_TOLD)
    return name


CohortName = Annotated[str, BeforeValidator(composed), AfterValidator(_checked), Field(description=_NAME_TOLD)]
# A condition on catalog.cohort; $1: the caller's hospitals. Seen are those whose maker saw no hospital that is not.
SEEN = "($1::text[] IS NULL OR hospitals <@ $1)"


async def saved_filter(driver: Any, name: str, hospitals: Scope) -> OccurrenceFilter:
    """As it is now. Raises NotFound, also for one that is not seen."""
    found = await driver.fetchval(
        f"SELECT filter::text FROM catalog.cohort WHERE {SEEN} AND lower(name) = lower($2)", hospitals, name
    )
    if found is None:
        raise NotFound("There is no such cohort.", name=name)
    return OccurrenceFilter.model_validate_json(found)

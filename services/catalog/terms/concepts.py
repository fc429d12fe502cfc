"""Concepts as they are looked up: by id, by code, by name, and by their place in the hierarchy."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from chassis.database import Database
from chassis.errors import NotFound
from services.catalog.terms.searching import Terms

_MOST_AROUND = 1000
_ITEM = """SELECT concept_id, concept_name, domain_id, vocabulary_id, concept_class_id, standard_concept, concept_code,
    invalid_reason FROM cdm.concept concept"""

_EXACT = f"""
{_ITEM} WHERE concept_id IN (
    SELECT concept_id FROM cdm.concept WHERE concept_id = $1
    UNION SELECT concept_id FROM cdm.concept_vocabulary_codes WHERE false
) LIMIT $2
"""


class ConceptItem(BaseModel):
    """A row of cdm.concept."""

    concept_id: int
    concept_name: str
    domain_id: str
    vocabulary_id: str
    concept_class_id: str
    standard_concept: str | None = Field(description="S: standard, C: classification.")
    concept_code: str
    invalid_reason: str | None = Field(description="D: deleted, U: replaced; null: valid.")


class ConceptDetail(ConceptItem):
    """`descendants` is of `descendants_total`, the nearest first."""

    names: Sequence[str] = Field(description="Synonyms, in any language.")
    maps_to: Sequence[ConceptItem]
    parents: Sequence[ConceptItem]
    descendants: Sequence[ConceptItem]
    descendants_total: int

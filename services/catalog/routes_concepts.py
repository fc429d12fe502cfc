"""GET /api/v1/concepts: concepts of the vocabulary in use, by id, code or name, and what lies around one."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from chassis.auth import READERS, may
from chassis.http import router
from chassis.service import Home
from services.catalog.terms.concepts import ConceptDetail, ConceptItem, find_concepts, one_concept
from services.catalog.terms.searching import Terms

ConceptId = Annotated[int, Path(ge=0, le=2**31 - 1)]
Words = Annotated[
    str, Query(min_length=1, max_length=300, description="A concept_id, a code, or a name; nearly, for conditions.")
]
Domain = Annotated[str | None, Query(max_length=20, description="A domain_id, such as Condition.")]


class Concepts(BaseModel):
    items: Sequence[ConceptItem]


def concept_routes(home: Home, terms: Terms) -> APIRouter:
    """For whoever chooses what a diagnosis means, or what to search for."""
    routes = router("/api/v1/concepts", "vocabulary")

    @routes.get("")
    @may(*READERS)
    async def find(q: Words, domain: Domain = None, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Concepts:
        """What is exactly so first, then conditions with names that are alike, in any language."""
        return Concepts(items=await find_concepts(home.database, terms, q, domain, limit))

    @routes.get("/{concept_id}")
    @may(*READERS)
    async def get_one(concept_id: ConceptId) -> ConceptDetail:
        """A concept with its names, what it maps to, and what lies above and below it."""
        return await one_concept(home.database, concept_id)

    return routes

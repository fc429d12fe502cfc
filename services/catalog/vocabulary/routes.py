"""GET /api/v1/vocabulary: which vocabulary is in use; GET /api/v1/concepts: its concepts by id, code or name."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from chassis.auth.access import READERS, may
from chassis.db.database import Database
from chassis.http.app import router
from chassis.service import Home
from services.catalog.vocabulary.concepts import ConceptDetail, ConceptItem, find_concepts, one_concept
from services.catalog.vocabulary.terms.search import Terms

Source: TypeAlias = Literal["ATHENA", "OMOP"]

ConceptId = Annotated[int, Path(ge=0, le=2**31 - 1)]
Words = Annotated[
    str, Query(min_length=1, max_length=300, description="A concept_id, a code, or a name; nearly, for conditions.")
]
Domain = Annotated[str | None, Query(max_length=20, description="A domain_id, such as Condition.")]


class Gap(BaseModel):
    """Rows that name what the vocabulary does not have."""

    table: str
    column: str
    rows: int
    example: str = Field(description="One of the names or ids that are not there.")


class VocabularyStatus(BaseModel):
    """The vocabulary in use; `version` is null until one was loaded."""

    version: str | None
    loaded_at: datetime | None
    source: Source | None = Field(description="A download of Athena, or the site's own OMOP database (RCDM_OMOP).")
    rows: Mapping[str, int] = Field(description="Rows of each table.")
    vocabularies: Mapping[str, str | None] = Field(description="The version of each vocabulary in it.")
    gaps: Sequence[Gap]


async def vocabulary_status(database: Database) -> VocabularyStatus:
    """Of the last load."""
    row = await database.pool.fetchrow(
        "SELECT vocabulary_version, loaded_at, source, row_counts, findings FROM rcdm.vocabulary_load"
        " ORDER BY vocabulary_load_id DESC LIMIT 1"
    )
    names = await database.pool.fetch("SELECT vocabulary_id, vocabulary_version FROM cdm.vocabulary ORDER BY 1")
    return VocabularyStatus(
        version=row and row["vocabulary_version"],
        loaded_at=row and row["loaded_at"],
        source=row and row["source"],
        rows=json.loads(row["row_counts"]) if row else {},
        vocabularies={name: version for name, version in names if name != "None"},
        gaps=json.loads(row["findings"]) if row else [],
    )


def vocabulary_routes(home: Home) -> APIRouter:
    """What is known of concepts."""
    routes = router("/api/v1", "vocabulary")

    @routes.get("/vocabulary")
    @may(*READERS)
    async def get_vocabulary() -> VocabularyStatus:
        """The vocabulary in use, and what rows name that it does not have. `rcdm vocabulary load` brings one."""
        return await vocabulary_status(home.database)

    return routes


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

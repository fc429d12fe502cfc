"""Concepts as they are looked up: by id, by code, by name, and by their place in the hierarchy."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from chassis.db.database import Database
from chassis.errors import NotFound
from services.catalog.vocabulary.terms.search import Terms

_MOST_AROUND = 1000
_IDS_END = 2**31
_COLUMNS = (
    "concept.concept_id, concept_name, domain_id, vocabulary_id, concept_class_id, standard_concept, concept_code,"
    " concept.invalid_reason"
)

# Three indices answer: the key, the code in each vocabulary, the whole name.
_EXACT = f"""
WITH found AS (
    SELECT concept_id FROM cdm.concept WHERE concept_id = $2
    UNION SELECT concept_id FROM cdm.vocabulary JOIN cdm.concept USING (vocabulary_id) WHERE concept_code = upper($1)
    UNION SELECT concept_id FROM cdm.concept
        WHERE md5(rcdm.name_key(concept_name)) = md5(rcdm.name_key($1))
    UNION SELECT concept_id FROM cdm.concept_synonym
        WHERE md5(rcdm.name_key(concept_synonym_name)) = md5(rcdm.name_key($1))
)
SELECT {_COLUMNS} FROM found JOIN cdm.concept USING (concept_id)
WHERE $3::text IS NULL OR domain_id = $3
ORDER BY standard_concept = 'S' DESC NULLS LAST, concept_id LIMIT $4
"""

_BY_IDS = f"""
SELECT {_COLUMNS} FROM unnest($1::integer[]) WITH ORDINALITY AS asked (concept_id, place)
JOIN cdm.concept USING (concept_id) ORDER BY place
"""

_MAPS_TO = f"""
SELECT {_COLUMNS} FROM cdm.concept_relationship map JOIN cdm.concept ON concept.concept_id = map.concept_id_2
WHERE concept_id_1 = $1 AND relationship_id = 'Maps to' AND map.invalid_reason IS NULL ORDER BY 1 LIMIT {_MOST_AROUND}
"""

_PARENTS = f"""
SELECT {_COLUMNS} FROM cdm.concept_ancestor JOIN cdm.concept ON concept.concept_id = ancestor_concept_id
WHERE descendant_concept_id = $1 AND min_levels_of_separation = 1 ORDER BY 1 LIMIT {_MOST_AROUND}
"""

_DESCENDANTS = f"""
SELECT {_COLUMNS} FROM cdm.concept_ancestor JOIN cdm.concept ON concept.concept_id = descendant_concept_id
WHERE ancestor_concept_id = $1 AND concept.concept_id <> $1
ORDER BY min_levels_of_separation, concept.concept_id LIMIT {_MOST_AROUND}
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


async def find_concepts(
    database: Database, terms: Terms, words: str, domain: str | None, limit: int
) -> Sequence[ConceptItem]:
    """What is exactly so first; then the conditions with the nearest names."""
    number = int(words) if words.isascii() and words.isdigit() and int(words) < _IDS_END else None
    async with database.pool.acquire() as connection, connection.transaction(
        isolation="repeatable_read", readonly=True
    ):  # fmt: skip
        exact = _items(await connection.fetch(_EXACT, words, number, domain, limit))
        near = await terms.nearest(connection, words) if domain in (None, "Condition") else []
        told = {one.concept_id for one in exact}
        ids = [target for one in near for target in one.targets if target not in told]
        return [*exact, *_items(await connection.fetch(_BY_IDS, list(dict.fromkeys(ids))[: limit - len(exact)]))]


async def one_concept(database: Database, concept_id: int) -> ConceptDetail:
    """Raises NotFound."""
    async with database.pool.acquire() as connection:
        found = await connection.fetchrow(_BY_IDS, [concept_id])
        if found is None:
            raise NotFound("The vocabulary in use has no such concept.", concept_id=concept_id)
        names = await connection.fetch(
            "SELECT concept_synonym_name FROM cdm.concept_synonym WHERE concept_id = $1 ORDER BY 1", concept_id
        )
        total = await connection.fetchval(
            "SELECT count(*) FROM cdm.concept_ancestor WHERE ancestor_concept_id = $1 AND descendant_concept_id <> $1",
            concept_id,
        )
        return ConceptDetail(
            **found,
            names=[row[0] for row in names],
            maps_to=_items(await connection.fetch(_MAPS_TO, concept_id)),
            parents=_items(await connection.fetch(_PARENTS, concept_id)),
            descendants=_items(await connection.fetch(_DESCENDANTS, concept_id)),
            descendants_total=total,
        )


def _items(rows: Sequence[Any]) -> list[ConceptItem]:
    return [ConceptItem.model_validate(dict(row)) for row in rows]

"""What a diagnosis may mean, the most likely first, and why: a person chooses."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Literal

from pydantic import BaseModel, Field

from chassis.db.database import Database
from services.catalog.db import Connection
from services.catalog.diagnoses.matching import matches
from services.catalog.diagnoses.store import DiagnosisItem, Equivalence, Target
from services.catalog.vocabulary.terms.search import Near, Terms

_LEAST_SCORE = 0.1
Method = Literal["CODE", "BROADER_CODE", "BEFORE", "NAME", "SIMILAR_NAME"]


class Suggestion(BaseModel):
    """One or several concepts to map to."""

    targets: Sequence[Target]
    score: float = Field(description="1: the code, an earlier approval or the whole name says so; below: how alike.")
    method: Method = Field(description="CODE and NAME are exact; BEFORE: somebody approved it for the same text.")
    equivalence: Equivalence = Field(description="What to approve it as, unless you know better.")
    matched_term: str | None = Field(None, description="The name that is alike.")
    matched_concept_id: int | None = Field(None, description="Whose name that is: a target, or a code that maps to it.")
    matched_vocabulary_id: str | None = None
    matched_concept_code: str | None = None


class Suggestions(BaseModel):
    items: Sequence[Suggestion]
    vocabulary: str | None = Field(description="Null: none is loaded, so nothing can be suggested.")


async def suggest(database: Database, terms: Terms, diagnosis: DiagnosisItem, limit: int) -> Suggestions:
    """For one diagnosis."""
    # One picture of the vocabulary, also while another one takes its place.
    async with database.pool.acquire() as connection, connection.transaction(
        isolation="repeatable_read", readonly=True
    ):  # fmt: skip
        condition_id = diagnosis.radiology_condition_id
        sure = (await matches(connection, [condition_id])).get(condition_id)
        first = [
            Suggestion(
                targets=[Target(concept_id=one, concept_name=None) for one in sure.targets], score=sure.score,
                method=sure.method, equivalence=sure.equivalence, matched_concept_id=sure.source_concept_id or None,
            )
        ] if sure else []  # fmt: skip
        near = await terms.nearest(connection, diagnosis.source_text)
        items = list(islice(chain(first, alike(near, {sure.targets} if sure else set())), limit))
        version = await connection.fetchval(
            "SELECT vocabulary_version FROM rcdm.vocabulary_load ORDER BY vocabulary_load_id DESC LIMIT 1"
        )
        return Suggestions(items=await _with_names(connection, items), vocabulary=version)


def alike(near: Sequence[Near], told: set[tuple[int, ...]]) -> Iterator[Suggestion]:
    """Each target once, by its nearest name."""
    for one in near:
        if one.targets not in told and one.score >= _LEAST_SCORE:
            told.add(one.targets)
            yield Suggestion(
                targets=[Target(concept_id=target, concept_name=None) for target in one.targets],
                score=round(min(one.score, 1.0), 4), method="SIMILAR_NAME", equivalence="EQUIVALENT",
                matched_term=one.term, matched_concept_id=one.concept_id,
            )  # fmt: skip


async def _with_names(connection: Connection, items: Sequence[Suggestion]) -> Sequence[Suggestion]:
    asked = {target.concept_id for item in items for target in item.targets}
    asked |= {item.matched_concept_id for item in items if item.matched_concept_id}
    rows = await connection.fetch(
        "SELECT concept_id, concept_name, vocabulary_id, concept_code FROM cdm.concept WHERE concept_id = ANY($1)",
        list(asked),
    )
    known = {row["concept_id"]: row for row in rows}
    for item in items:
        for target in item.targets:
            target.concept_name = known[target.concept_id]["concept_name"] if target.concept_id in known else None
        if matched := known.get(item.matched_concept_id):
            item.matched_vocabulary_id, item.matched_concept_code = matched["vocabulary_id"], matched["concept_code"]
    return items

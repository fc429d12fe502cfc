"""Studies whose approved diagnosis is a concept or lies below it."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Integer, column, or_, select, table
from sqlmodel import col

from cohort.lookups import RadiologyCondition
from cohort.tables import RadiologyOccurrence

TARGET = table(
    "radiology_condition_target",
    column("radiology_condition_id", Integer),
    column("condition_concept_id", Integer),
    schema="rcdm",
)
ANCESTOR = table(
    "concept_ancestor",
    column("ancestor_concept_id", Integer),
    column("descendant_concept_id", Integer),
    schema="cdm",
)


def by_concepts(concept_ids: Sequence[int]) -> list[ColumnElement[bool]]:
    """Conditions for RadiologyOccurrence. Without a loaded vocabulary a concept has nothing below it."""
    if not concept_ids:
        return []
    below = select(ANCESTOR.c.descendant_concept_id).where(ANCESTOR.c.ancestor_concept_id.in_(concept_ids))
    concept = TARGET.c.condition_concept_id
    approved = select(col(RadiologyCondition.radiology_condition_id)).where(
        col(RadiologyCondition.radiology_condition_id) == TARGET.c.radiology_condition_id,
        col(RadiologyCondition.mapping_status) == "APPROVED",
        or_(concept.in_(concept_ids), concept.in_(below)),
    )
    return [col(RadiologyOccurrence.radiology_condition_id).in_(approved)]

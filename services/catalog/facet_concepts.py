"""The concepts that diagnoses were approved for, counted as a filter finds them: with what lies below each."""

from typing import Any

from sqlalchemy import Integer, String, Text, cast, column, func, select, table
from sqlmodel import col

from cohort.concepts import ANCESTOR, TARGET
from cohort.tables import RadiologyCondition

_CONCEPT = table("concept", column("concept_id", Integer), column("concept_name", Text), schema="cdm")


def concept_facet(matched: Any) -> Any:
    """Columns value, count and name, for each concept that some of the studies mean themselves."""
    studies = (
        select(matched.c.radiology_condition_id, func.count().label("studies"))
        .group_by(matched.c.radiology_condition_id)
        .subquery()
    )
    meant = (
        select(TARGET.c.condition_concept_id, studies.c.radiology_condition_id, studies.c.studies)
        .join(studies, studies.c.radiology_condition_id == TARGET.c.radiology_condition_id)
        .join(
            RadiologyCondition,
            col(RadiologyCondition.radiology_condition_id) == studies.c.radiology_condition_id,
        )
        .where(col(RadiologyCondition.mapping_status) == "APPROVED")
        .cte("meant")
    )
    named = select(meant.c.condition_concept_id).distinct()
    # A concept is not everywhere an ancestor of itself, and a study may mean two that lie below one.
    reached = select(meant.c.condition_concept_id.label("concept_id"), *meant.c[1:]).union(
        select(ANCESTOR.c.ancestor_concept_id, *meant.c[1:])
        .join(meant, meant.c.condition_concept_id == ANCESTOR.c.descendant_concept_id)
        .where(ANCESTOR.c.ancestor_concept_id.in_(named))
    )
    each = reached.subquery()
    return (
        select(
            cast(each.c.concept_id, String).label("value"),
            cast(func.sum(each.c.studies), Integer).label("count"),
            func.min(_CONCEPT.c.concept_name).label("name"),
        )
        .select_from(each)
        .outerjoin(_CONCEPT, _CONCEPT.c.concept_id == each.c.concept_id)
        .group_by(each.c.concept_id)
    )

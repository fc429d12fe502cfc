"""Free text: each word stands somewhere in what a study says, or in a name of the concept its diagnosis means."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, any_, column, func, or_, select, table, union
from sqlmodel import col

from cohort.concepts import TARGET
from cohort.tables import RadiologyCondition, RadiologyOccurrence

_CONCEPT = table("concept", column("concept_id", Integer), column("concept_name", Text), schema="cdm")
_SYNONYM = table(
    "concept_synonym", column("concept_id", Integer), column("concept_synonym_name", Text), schema="cdm"
)  # fmt: skip


def literal(value: str) -> str:
    """A value inside a LIKE pattern, standing for itself."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def by_words(q: str | None) -> list[ColumnElement[bool]]:
    """Conditions for RadiologyOccurrence: every word is found."""
    return [_stands_somewhere(f"%{literal(word)}%") for word in (q or "").lower().split()]


def _stands_somewhere(pattern: str) -> ColumnElement[bool]:
    # search_text is lower case already, and the diagnoses are an array: so both indices can be used, and joined.
    diagnoses = any_(func.array(_named(pattern).scalar_subquery()))
    said, meant = col(RadiologyOccurrence.search_text), col(RadiologyOccurrence.radiology_condition_id)
    return or_(said.like(pattern), meant == diagnoses)


def _named(pattern: str) -> Any:
    """Diagnoses approved for a concept of such a name."""
    return union(
        *(
            select(col(RadiologyCondition.radiology_condition_id))
            .join(TARGET, TARGET.c.radiology_condition_id == col(RadiologyCondition.radiology_condition_id))
            .join(names, names.c.concept_id == TARGET.c.condition_concept_id)
            .where(col(RadiologyCondition.mapping_status) == "APPROVED", _composed(name).like(func.lower(pattern)))
            for names, name in ((_CONCEPT, _CONCEPT.c.concept_name), (_SYNONYM, _SYNONYM.c.concept_synonym_name))
        )
    )


def _composed(name: Any) -> Any:
    return func.lower(func.normalize(name))

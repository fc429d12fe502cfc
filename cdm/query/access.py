"""Whose images a question may see: the one place where a caller's hospitals become SQL."""

from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, select
from sqlmodel import col

from cdm.tables import RadiologyHospital

# The hospitals' names as uploads say them; None: all.
Scope: TypeAlias = frozenset[str] | None


def in_scope(hospital_id: Any, hospitals: Scope) -> list[ColumnElement[bool]]:
    """Conditions on a column that refers to `rcdm.radiology_hospital`; none for who sees all."""
    if hospitals is None:
        return []
    seen = select(col(RadiologyHospital.radiology_hospital_id)).where(col(RadiologyHospital.text).in_(hospitals))
    return [col(hospital_id).in_(seen)]

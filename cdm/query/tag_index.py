"""Elements made searchable: their values stand beside the studies, each once, so that no header needs to be read."""

from collections.abc import Mapping
from decimal import Decimal
from operator import eq, ge, gt, le, lt
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from sqlalchemy import (
    ColumnElement,
    Integer,
    Numeric,
    String,
    Text,
    and_,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from cdm.query.filters import OccurrenceFilter
from cdm.query.tags import TagCondition
from cdm.tables import RadiologyOccurrence

# The number of each searchable tag that is ready, by its element as in DICOM JSON.
Searchable: TypeAlias = Mapping[str, int]
NOTHING: Searchable = MappingProxyType({})

_TAG = table(
    "radiology_searchable_tag",
    *(column("searchable_tag_id", Integer), column("element", String), column("state", Text)),
    schema="rcdm",
)
_VALUE = table(
    "radiology_tag_value",
    *(column("searchable_tag_id", Integer), column("radiology_occurrence_id", Integer)),
    *(column("value", Text), column("number", Numeric)),
    schema="rcdm",
)


async def searchable_tags(connection: AsyncSession | AsyncConnection, wanted: OccurrenceFilter) -> Searchable:
    """Those that are ready; none when the filter asks for no tag."""
    if not wanted.tag:
        return {}
    ready = select(_TAG.c.element, _TAG.c.searchable_tag_id).where(_TAG.c.state == "READY")
    return {row.element: row.searchable_tag_id for row in await connection.execute(ready)}


def by_values(condition: TagCondition, searchable_tag_id: int) -> ColumnElement[bool]:
    """A condition for RadiologyOccurrence that every study with such an image fulfils, and but for `!=` no other."""
    studies = select(_VALUE.c.radiology_occurrence_id).where(
        _VALUE.c.searchable_tag_id == searchable_tag_id, _fits(condition)
    )
    return col(RadiologyOccurrence.radiology_occurrence_id).in_(studies)


def _fits(condition: TagCondition) -> ColumnElement[bool]:
    """Of a row of values: `value` is composed and in lower case; both are NULL for an element without values."""
    operator = condition.operator
    value: Any = _VALUE.c.value
    if operator is None:
        return cast(ColumnElement[bool], value != literal(""))
    wanted: Any = func.lower(literal(condition.value, Text))
    if operator == "~":
        return func.strpos(value, wanted) > 0
    trimmed: Any = func.trim(value)
    if condition.is_number:
        trimmed, wanted = _VALUE.c.number, literal(Decimal(repr(float(condition.value))), Numeric)
    if operator == "!=":
        return cast(ColumnElement[bool], trimmed.is_distinct_from(wanted))
    if operator == "=" and not condition.is_number:
        return and_(_indexed(trimmed) == _indexed(wanted), trimmed == wanted)
    return cast(ColumnElement[bool], {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}[operator](trimmed, wanted))


def _indexed(text: Any) -> Any:
    # As much as an index entry holds; no parameter, so that the planner knows the index.
    return func.left(text, literal_column("100"))

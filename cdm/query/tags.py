"""A condition on an element of the header: `EchoTime<50`, `ContrastBolusAgent`, `SeriesDescription~T2`."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from operator import eq, ge, gt, le, lt
from typing import Any, cast

from pydicom.datadict import dictionary_VR, keyword_dict, tag_for_keyword
from sqlalchemy import ColumnElement, Double, Text, and_, case, exists, func, literal, literal_column, not_, select
from sqlmodel import col

from cdm.tables import RadiologyImage
from imaging.dicom.identity import IDENTIFYING_TAGS

_WRITTEN = re.compile(r"([A-Za-z][A-Za-z0-9]*)\s*(?:(!=|<=|>=|=|<|>|~)\s*(.*))?", re.DOTALL)
# As long as the standard lets a decimal string be, and longer; never too large for a double.
_NUMBER = r"^\s*[-+]?(\d{1,30}\.?\d{0,30}|\.\d{1,30})([eE][-+]?\d{1,2})?\s*$"
_NUMERIC = frozenset({"DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"})
_NO_TEXT = frozenset({"SQ", "OB", "OD", "OF", "OL", "OV", "OW", "UN"})


@dataclass(frozen=True)
class TagCondition:
    """`key` as in DICOM JSON; without `operator` the element only has to have a value."""

    key: str
    operator: str | None
    value: str
    is_number: bool

    def holds(self) -> ColumnElement[bool]:
        """Of a row of rcdm.radiology_image: one of the element's values does it; for `!=` none is equal."""
        if self.operator == "!=":
            return and_(col(RadiologyImage.tags).has_key(self.key), not_(self._some("=")))  # type: ignore[attr-defined]
        return self._some(self.operator)

    def _some(self, operator: str | None) -> ColumnElement[bool]:
        if self.is_number:
            # Quicker than unfolding the values; what is no number is neither less nor more.
            path = f"""'$."{self.key}".Value[*] ? (@.double() {"==" if operator == "=" else operator} $said)'"""
            said = func.jsonb_build_object("said", literal(float(self.value), Double))
            return func.jsonb_path_exists(RadiologyImage.tags, literal_column(path), said, True)
        each = func.jsonb_array_elements_text(_values(self.key)).table_valued("value")
        return exists(select(literal(1)).select_from(each).where(self._fits(each.c.value, operator)))

    def _fits(self, value: Any, operator: str | None) -> ColumnElement[bool]:
        wanted = func.lower(literal(self.value, Text))
        if operator is None:
            return cast(ColumnElement[bool], value != "")
        value = func.lower(func.normalize(value))
        if operator == "~":
            return func.strpos(value, wanted) > 0
        compare = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}[operator]
        return cast(ColumnElement[bool], compare(func.trim(value), wanted))


def tag_condition(written: str) -> TagCondition:
    """Raises ValueError that says which keyword or value is none, and what comes near."""
    match = _WRITTEN.fullmatch(written.strip())
    if not match:
        raise ValueError("write a tag as Keyword, Keyword=value, !=, <, <=, >, >= or ~ (contains): EchoTime<50")
    keyword, operator, value = match[1], match[2], (match[3] or "").strip()
    tag = tag_for_keyword(keyword)
    if tag is None:
        near = get_close_matches(keyword, keyword_dict, 3)
        raise ValueError(f"{keyword} is no DICOM keyword" + (f"; near it: {', '.join(near)}" if near else ""))
    kinds = set(dictionary_VR(tag).split(" or "))
    if tag in IDENTIFYING_TAGS or "PN" in kinds:
        raise ValueError(f"{keyword} tells who somebody is: such elements are sealed away and cannot be searched")
    if kinds & _NO_TEXT:
        raise ValueError(f"{keyword} holds {'items' if 'SQ' in kinds else 'bytes'} and cannot be compared")
    if operator and not value:
        raise ValueError(f"{keyword}{operator} lacks the value; {keyword} alone asks whether there is one")
    return TagCondition(f"{tag:08X}", operator, value, _is_number(keyword, kinds, operator, value))


def holds_numbers(keyword: str) -> bool:
    """Of a keyword that `tag_condition` takes."""
    return bool(set(dictionary_VR(keyword).split(" or ")) & _NUMERIC)


def _is_number(keyword: str, kinds: set[str], operator: str | None, value: str) -> bool:
    if operator is None or operator == "~" or not kinds & _NUMERIC:
        return False
    if not re.fullmatch(_NUMBER, value):
        raise ValueError(f"{keyword} is a number, and {value[:40]!r} is none")
    return True


def _values(key: str) -> Any:
    values = col(RadiologyImage.tags)[key]["Value"]
    return case((func.jsonb_typeof(values) == "array", values), else_=func.jsonb_build_array())

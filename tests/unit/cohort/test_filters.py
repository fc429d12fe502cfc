"""The words of a cohort, as a document and as SQL."""

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.dialects import postgresql

from cdm.query.filters import OccurrenceFilter
from cdm.query.occurrences import age_limits, literal, occurrence_conditions

NAMES = (
    "condition condition_concept_id modality device hospital protocol body_part plane phase sequence sex age_min"
    " age_max date_from date_to q tag manufacturer pixel_spacing_min pixel_spacing_max slice_thickness_min"
    " slice_thickness_max field_strength_min field_strength_max kvp_min kvp_max"
)

Limits = tuple[int | None, int | None]


def test_the_words_are_those_clients_rely_on() -> None:
    assert sorted(OccurrenceFilter.model_fields) == sorted(NAMES.split())


def test_one_value_may_stand_where_a_list_is_meant() -> None:
    assert OccurrenceFilter.model_validate({"modality": "CT"}).modality == ("CT",)


def test_two_ways_of_writing_one_filter_are_equal() -> None:
    one = OccurrenceFilter.model_validate({"plane": ["coronal", "AXIAL", "axial"], "sex": "f"})
    assert one == OccurrenceFilter.model_validate({"sex": ["F"], "plane": ["AXIAL", "CORONAL"]})


def test_hangul_written_in_parts_is_the_same_word() -> None:
    assert OccurrenceFilter.model_validate({"condition": "간암"}).condition == ("간암",)


@pytest.mark.parametrize(
    "document",
    [
        {"colour": "red"}, {"plane": "DIAGONAL"}, {"phase": "PHASE_0"}, {"phase": "PHASE_99999"}, {"sex": "W"},
        {"tag": "EchoTme<50"}, {"condition_concept_id": 0}, {"condition_concept_id": "liver"},
        {"q": "\0"}, {"condition": ["a", "b\0"]},
        {"condition": " "}, {"condition": "x" * 1001}, {"condition": ["x"] * 201}, {"q": "a " * 33}, {"age_min": 151},
        {"age_min": 1.5}, {"age_min": 3, "age_max": 2}, {"date_from": 20240101}, {"date_from": "2024-1-1"},
        {"date_to": "0000-00-00"}, {"modality": {"a": 1}}, {"modality": None},
        {"kvp_min": -1}, {"kvp_max": "NaN"}, {"kvp_max": "inf"}, {"kvp_max": 1e7}, {"field_strength_min": "strong"},
        {"slice_thickness_min": 2, "slice_thickness_max": 1}, {"pixel_spacing_min": [1, 2]}, {"manufacturer": ""},
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OccurrenceFilter.model_validate(document)


@pytest.mark.parametrize("phase", ["dynamic_12", "PHASE_3", "portal_venous"])
def test_numbered_phases_are_phases(phase: str) -> None:
    assert OccurrenceFilter.model_validate({"phase": phase}).phase == (phase.upper(),)


def test_an_emptied_search_box_searches_nothing() -> None:
    assert OccurrenceFilter(q="  ").q is None


def test_no_filter_is_no_condition() -> None:
    assert occurrence_conditions(OccurrenceFilter(), None) == []


def test_values_never_become_sql() -> None:
    """D4"""
    hostile = "'; DROP TABLE rcdm.radiology_image; --"
    wanted = OccurrenceFilter.model_validate(
        dict.fromkeys(
            ["condition", "modality", "device", "manufacturer", "hospital", "protocol", "body_part", "sequence", "q"],
            hostile,
        )
    )
    for condition in occurrence_conditions(wanted, None):
        assert "DROP" not in str(condition.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]


def test_pattern_characters_stand_for_themselves() -> None:
    """D4"""
    assert literal("50%_\\") == "50\\%\\_\\\\"


@pytest.mark.parametrize(
    ("ages", "days"),
    [((None, None), (None, None)), ((0, 0), (0, 364)), ((40, 40), (14610, 14974)), ((64, None), (23376, None))],
)
def test_years_of_age_are_days_of_life(
    ages: tuple[int | None, int | None], days: tuple[int | None, int | None]
) -> None:
    assert age_limits(*ages) == days


@pytest.mark.parametrize("years", range(131))
def test_an_age_written_in_years_is_found_by_that_age(years: int) -> None:
    first, last = age_limits(years, years)
    assert first is not None
    assert last is not None
    assert all(first <= written(years * 365.25) <= last for written in (int, round))

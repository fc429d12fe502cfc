"""Codes as people write them."""

import pytest

from services.catalog.diagnoses.matching import broader_codes, concept_code, vocabulary_id


@pytest.mark.parametrize(
    ("said", "name"),
    [("KCD-7", "KCD7"), ("kcd8", "KCD7"), ("ICD-10-CM", "ICD10CM"), (" icd 10", "ICD10"), (" Read ", "Read")],
)
def test_a_vocabulary_is_known_by_its_usual_names(said: str, name: str) -> None:
    assert vocabulary_id(said) == name


@pytest.mark.parametrize(
    ("said", "vocabulary", "code"),
    [
        ("c220", "KCD7", "C22.0"), ("C22.0", "ICD10", "C22.0"), (" i 85 0 ", "ICD10", "I85.0"), ("C22", "ICD10", "C22"),
        ("S72001A", "ICD10CM", "S72.001A"), ("25370001", "SNOMED", "25370001"), ("c220", "Read", "C220"),
    ],
)  # fmt: skip
def test_a_code_gets_its_dot_where_the_vocabulary_has_one(said: str, vocabulary: str, code: str) -> None:
    assert concept_code(said, vocabulary) == code


@pytest.mark.parametrize(("code", "above"), [("C22.01", ["C22.0", "C22"]), ("C22.0", ["C22"]), ("C22", []), ("", [])])
def test_above_a_code_are_shorter_ones(code: str, above: list[str]) -> None:
    assert list(broader_codes(code)) == above

"""Cells of the manifest: no formula, no broken line, and numbers stay numbers."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.export.csv_safe import cell, csv_line, numbers_as_written


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201",
     " =1", "-", "--1", "-1-1", "+1+A1", "\u3000=1", "\u22121+1"],
)  # fmt: skip
def test_what_could_be_a_formula_is_neutralised(text: str) -> None:
    """D8."""
    assert cell(text).startswith("'")


@pytest.mark.parametrize(
    "value", [-600, -600.5, "-600", "-600\\-40", "-1.5e-3", "+5", 0, 1e-7, "2.25.123", "Abdomen-A"]
)
def test_numbers_and_plain_words_stay(value: object) -> None:
    """D8: Hounsfield units are negative."""
    assert not cell(value).startswith("'")


def test_digests_and_uids_are_plain() -> None:
    """D9: they are compared as they stand."""
    assert cell("85ca1c5d38") == "85ca1c5d38"
    assert cell("2.25.29886529423974474278927925411468691411") == "2.25.29886529423974474278927925411468691411"


def test_a_whole_number_has_no_point() -> None:
    assert [cell(-1024.0), cell(0.7), cell(1e-9), cell(None)] == ["-1024", "0.7", "1e-09", ""]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12), min_size=1))
def test_a_reader_gets_back_what_was_written(texts: list[str]) -> None:
    """D8: quotes, newlines, commas and Hangul come back as they went."""
    line = csv_line([*texts, "end"])
    assert list(csv.reader(io.StringIO(line, newline=""), strict=True)) == [[*map(cell, texts), "end"]]


@pytest.mark.parametrize(
    ("text", "found"),
    [("40", "40"), (" 40 \\-600 ", "40\\-600"), ("Hong^Gildong", ""), ("40\\x", ""), ("", ""), (None, ""), ("=1", "")],
)
def test_only_numbers_leave_where_numbers_belong(text: str | None, found: str) -> None:
    assert numbers_as_written(text) == found

"""A text in a cell is no formula for any spreadsheet, and comes back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.spreadsheet_safe import escape_formula, unescape_formula

_SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212\u2013\u2014\u2010\u207b\u208b\u207a\u2796\u02d7"
_BEFORE = ["", " ", "\t", "\r", "\n", "\ufeff", "\u200b", "\u200e", "\u2060", "\u00ad", "\u00a0", "\u3000", "\u2003",
           "\x1f",           " \u200b\ufeff", "\u202e", "\u034f", "\u3164"]  # fmt: skip


@pytest.mark.parametrize("sign", _SIGNS)
@pytest.mark.parametrize("before", _BEFORE)
def test_a_sign_of_a_formula_gets_an_apostrophe_whatever_stands_before_it(sign: str, before: str) -> None:
    """D8."""
    text = f"{before}{sign}1+1"
    assert escape_formula(text) == f"'{text}"
    assert unescape_formula(f"'{text}") == text


@pytest.mark.parametrize("text", ["간암", "liver", "I85.0", "'quoted'", "a=b", "3-4", "", "(=1)", "\u200b간"])
def test_an_ordinary_text_stays(text: str) -> None:
    assert escape_formula(text) == unescape_formula(text) == text


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.sampled_from(["", "'", "''"]),
)
def test_what_was_escaped_comes_back(text: str, before: str) -> None:
    assert unescape_formula(escape_formula(before + text)) == before + text


@given(st.sampled_from(_SIGNS), st.sampled_from(["", "'", "''"]))
def test_a_text_that_looks_escaped_comes_back_as_well(sign: str, before: str) -> None:
    assert unescape_formula(escape_formula(f"{before}{sign}1")) == f"{before}{sign}1"

"""A patient's side: drawn once, for ever, and the shares met as closely as whole patients allow."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chassis.secrets import SiteKeys
from services.export.names import Pseudonyms
from services.export.split import Split, draw

SPLIT = Split(train=0.7, validation=0.15, test=0.15)
FRACTION = Pseudonyms(SiteKeys(b"0" * 32), "data").fraction


def persons(count: int, strata: int = 1) -> dict[str, str]:
    return {f"person {number}": f"stratum {number % strata}" for number in range(count)}


def drawn(everybody: dict[str, str], known: dict[str, str] | None = None, split: Split = SPLIT) -> dict[str, str]:
    return (known or {}) | draw(everybody, known or {}, split, FRACTION)


def test_nobody_changes_sides_when_patients_come() -> None:
    """A fifth more patients, and everyone stays."""
    before = drawn(persons(2000))
    after = drawn(persons(2400), before)
    assert before.items() <= after.items()
    assert len(after) == 2400


def test_nobody_changes_sides_when_the_shares_change() -> None:
    before = drawn(persons(100))
    after = drawn(persons(200), before, Split(train=0, validation=0, test=1))
    assert before.items() <= after.items()
    assert {side for person, side in after.items() if person not in before} == {"test"}


@pytest.mark.parametrize("count", [1, 7, 20, 1000])
def test_the_shares_are_met_to_one_patient(count: int) -> None:
    found = Counter(drawn(persons(count)).values())
    for side, share in SPLIT.model_dump().items():
        assert abs(found[side] - share * count) <= 1


def test_the_shares_are_met_inside_every_stratum_and_in_all() -> None:
    everybody = {f"person {number}": "rare" if number % 40 == 0 else "usual" for number in range(400)}
    sides = drawn(everybody)
    for stratum in ("rare", "usual"):
        inside = [side for person, side in sides.items() if everybody[person] == stratum]
        for side, share in SPLIT.model_dump().items():
            assert abs(inside.count(side) - share * len(inside)) <= 2
    assert Counter(sides.values()) == {"train": 280, "validation": 60, "test": 60}


def test_many_strata_of_one_patient_do_not_all_go_to_train() -> None:
    found = Counter(drawn(persons(100, strata=100)).values())
    assert abs(found["train"] - 70) <= 1


def test_the_first_who_come_do_not_decide_who_is_where() -> None:
    """The order of the rows says nothing; another data set draws anew."""
    names = list(persons(500))
    random.Random(1).shuffle(names)
    assert drawn(dict.fromkeys(names, "x")) == drawn(dict.fromkeys(persons(500), "x"))
    other = draw(persons(500), {}, SPLIT, Pseudonyms(SiteKeys(b"0" * 32), "other").fraction)
    assert other != drawn(persons(500))


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=5),
    st.sampled_from([(0.7, 0.15, 0.15), (1.0, 0.0, 0.0), (0.0, 0.5, 0.5), (0.34, 0.33, 0.33)]),
    st.integers(1, 6),
)
def test_whatever_comes_nobody_moves_and_an_empty_share_stays_empty(
    growth: list[int], shares: tuple[float, float, float], strata: int
) -> None:
    split = Split(train=shares[0], validation=shares[1], test=shares[2])
    known: dict[str, str] = {}
    for count in growth:
        before = dict(known)
        known = drawn(persons(len(known) + count, strata), known, split)
        assert before.items() <= known.items()
    empty = {side for side, share in split.model_dump().items() if share == 0}
    assert not empty & set(known.values())


@pytest.mark.parametrize(
    "shares",
    [(0.7, 0.2, 0.2), (0.5, 0.5, 0.1), (-0.1, 0.6, 0.5), (1.1, -0.1, 0), (float("nan"), 0.5, 0.5), (0, 0, 0)],
)
def test_shares_that_are_none_are_refused(shares: tuple[float, float, float]) -> None:
    with pytest.raises(ValidationError):
        Split(train=shares[0], validation=shares[1], test=shares[2])

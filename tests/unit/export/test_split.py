"""A patient's side: drawn once, for ever."""

import pytest
from pydantic import ValidationError

from chassis.secrets import SiteKeys
from services.export.names import Pseudonyms
from services.export.split import Split, side_of, splitter

SPLIT = Split(train=0.7, validation=0.15, test=0.15)
PERSONS = [f"person {number}" for number in range(4000)]


def sides(persons: list[str]) -> dict[str, str | None]:
    side = splitter(SPLIT, Pseudonyms(SiteKeys(b"0" * 32), "data").fraction)
    return {person: side(person) for person in persons}


def test_nobody_changes_sides_when_patients_come() -> None:
    """A fifth more patients, and everyone stays."""
    before, after = sides(PERSONS[:2000]), sides(PERSONS[:2400])
    assert before.items() <= after.items()


def test_shares_are_about_what_was_asked_for() -> None:
    found = list(sides(PERSONS).values())
    for side, share in SPLIT.model_dump().items():
        assert found.count(side) / len(PERSONS) == pytest.approx(share, abs=0.02)


def test_another_data_set_draws_anew() -> None:
    other = splitter(SPLIT, Pseudonyms(SiteKeys(b"0" * 32), "other").fraction)
    assert sides(PERSONS) != {person: other(person) for person in PERSONS}


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.5, 0.7, 1 - 2**-53])
@pytest.mark.parametrize("empty", ["train", "validation", "test"])
def test_a_share_of_nothing_gets_nobody(fraction: float, empty: str) -> None:
    shares = {"train": 0.5, "validation": 0.5, "test": 0.5} | {empty: 0.0}
    assert side_of(fraction, Split(**shares)) != empty


@pytest.mark.parametrize(
    "shares",
    [(0.7, 0.2, 0.2), (0.5, 0.5, 0.1), (-0.1, 0.6, 0.5), (1.1, -0.1, 0), (float("nan"), 0.5, 0.5), (0, 0, 0)],
)
def test_shares_that_are_none_are_refused(shares: tuple[float, float, float]) -> None:
    with pytest.raises(ValidationError):
        Split(train=shares[0], validation=shares[1], test=shares[2])


def test_without_a_split_nobody_has_a_side() -> None:
    assert splitter(None, lambda person: 0.5)("somebody") is None

"""Train, validation, test: each patient of a data set gets a side once, and keeps it in every later version.

Who is new is drawn in the order of a keyed hash and goes where most is missing, in the patient's own stratum and in
all: so the shares are met as closely as whole patients allow, inside every stratum too.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

RULE_VERSION = 2
Ratio = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_TOLERANCE = 1e-6


class Split(BaseModel):
    """Shares of the patients, together 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    train: Ratio
    validation: Ratio
    test: Ratio

    @model_validator(mode="after")
    def _sums_to_one(self) -> "Split":
        if not math.isclose(self.train + self.validation + self.test, 1, abs_tol=_TOLERANCE, rel_tol=0):
            raise ValueError("train, validation and test add up to 1")
        return self


def draw(
    persons: Mapping[str, str], known: Mapping[str, str], split: Split, fraction_of: Callable[[str], float]
) -> dict[str, str]:
    """The sides of those of `persons` (key to stratum) that are not `known` yet (key to side)."""
    shares = {side: share for side, share in split.model_dump().items() if share > 0}
    in_all, in_stratum = Counter[str](), defaultdict[str, Counter[str]](Counter)
    for person, stratum in persons.items():
        if person in known:
            in_all[known[person]] += 1
            in_stratum[stratum][known[person]] += 1
    found: dict[str, str] = {}
    new = (person for person in persons if person not in known)
    for person in sorted(new, key=lambda one: (persons[one], fraction_of(one), one)):
        own = in_stratum[persons[person]]
        missing = {side: _missing(share, side, own) + _missing(share, side, in_all) for side, share in shares.items()}
        side = max(shares, key=lambda one: missing[one])
        found[person] = side
        own[side] += 1
        in_all[side] += 1
    return found


async def draw_sides(
    driver: Any, version_id: int, name: str, split: Split, strata: Sequence[str], fraction_of: Callable[[str], float]
) -> None:
    """Everybody in the version has a side in export.side afterwards; nobody who had one has another."""
    rows = await driver.fetch(_PERSONS.format(_stratum_of(strata)), version_id, name)
    persons = {row["person_key"]: row["stratum"] for row in rows}
    known = {row["person_key"]: row["side"] for row in await driver.fetch(_KNOWN_AS_OTHERS, version_id, name)}
    known |= {row["person_key"]: row["side"] for row in rows if row["side"]}
    sides = draw(persons, known, split, fraction_of) | known
    await driver.execute(
        "INSERT INTO export.side (name, person_key, side) SELECT $1, * FROM unnest($2::text[], $3::text[])"
        " ON CONFLICT DO NOTHING",
        name, list(sides), list(sides.values()),
    )  # fmt: skip


async def sides_of(pool: Any, name: str, person_keys: Iterable[str]) -> dict[str, str]:
    """Person's key to side, of those that have one."""
    rows = await pool.fetch(
        "SELECT person_key, side FROM export.side WHERE name = $1 AND person_key = ANY($2)", name, list(person_keys)
    )
    return {row["person_key"]: row["side"] for row in rows}


_PERSONS = """
SELECT member.person_key, max(side.side) AS side, concat_ws(' / ', {}) AS stratum
FROM export.member LEFT JOIN export.side ON side.name = $2 AND side.person_key = member.person_key
WHERE version_id = $1 GROUP BY member.person_key
"""

# Who was known by another pseudonym when an earlier version was made, of which the person is now (same_person.py).
_KNOWN_AS_OTHERS = """
SELECT member.person_key, max(side.side) AS side
FROM export.member JOIN rcdm.radiology_image image USING (image_id)
JOIN export.side ON side.name = $2 AND side.person_key = image.person_key
WHERE version_id = $1 AND image.person_key IS NOT NULL GROUP BY 1
"""


def _stratum_of(strata: Sequence[str]) -> str:
    """Of a person: all values of each attribute, so that who has CT and MR is a stratum beside CT and MR."""
    parts = [
        f"string_agg(DISTINCT coalesce({stratum}, ''), '+' ORDER BY coalesce({stratum}, ''))" for stratum in strata
    ]
    return ", ".join(parts) or "''"


def _missing(share: float, side: str, counted: Counter[str]) -> float:
    """How many patients a side is short of its share, were one more to come."""
    return share * (counted.total() + 1) - counted[side]

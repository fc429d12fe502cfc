"""cdm.person rows: the one a person map names for a pseudonym, else one made for it; what had to be assumed is kept."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.catalog.db import Connection
from services.catalog.omop.visits import observe_known, observe_made

# Shared by all who write images, taken alone by who changes what a pseudonym stands for: nobody writes in between.
_LOCK = 7_263_009

_MAKE = """
INSERT INTO cdm.person (person_source_value, year_of_birth, gender_concept_id, race_concept_id, ethnicity_concept_id)
SELECT key, year, 0, 0, 0 FROM unnest($1::text[], $2::integer[]) AS new (key, year)
WHERE NOT EXISTS (SELECT FROM cdm.person WHERE person_source_value = key) ON CONFLICT DO NOTHING
"""

# What the map names holds before what images of the same pseudonym say.
_ELSEWHERE = """
SELECT person_key, person_id FROM rcdm.person_map WHERE person_key = ANY($1)
UNION SELECT DISTINCT person_key, person_id FROM rcdm.radiology_image image WHERE person_key = ANY($1)
    AND NOT EXISTS (SELECT FROM rcdm.person_map map WHERE map.person_key = image.person_key)
"""

_GENDERS = {"M": 8507, "F": 8532}
_DAYS_PER_YEAR = 365.25  # 45 years are written as 16,436 days, a little less than 45 of these

_STUDIES = """
SELECT person_id, radiology_occurrence_date AS day, person_birth_year AS birth_year, person_age_days AS age_days,
    person_sex AS sex
FROM rcdm.radiology_occurrence WHERE person_id = ANY($1)
"""

# Of a person whom some images of a study name and most do not.
_STUDIES_IN_PASSING = """
SELECT DISTINCT image.person_id, radiology_occurrence_date AS day, image.person_birth_year AS birth_year,
    image.person_age_days AS age_days, image.person_sex AS sex
FROM rcdm.radiology_image image JOIN rcdm.radiology_occurrence USING (radiology_occurrence_id)
WHERE image.person_id = ANY($1)
"""

_OF_THE_SITE = "SELECT person_id FROM rcdm.site_person WHERE person_id = ANY($1)"

_UPDATE = """
UPDATE cdm.person SET year_of_birth = year, gender_concept_id = gender, gender_source_value = sex
FROM unnest($1::integer[], $2::integer[], $3::integer[], $4::text[]) AS new (id, year, gender, sex)
WHERE person_id = id
    AND (year_of_birth, gender_concept_id, gender_source_value) IS DISTINCT FROM (year, gender, sex)
"""

_FORGET_ASSUMPTIONS = """
DELETE FROM rcdm.radiology_quality known WHERE (person_id = ANY($1) OR radiology_occurrence_id = ANY($2))
    AND NOT EXISTS (
        SELECT FROM unnest($3::integer[], $4::bigint[], $5::text[]) AS new (person, occurrence, assumption)
        WHERE new.assumption = known.assumption AND person IS NOT DISTINCT FROM known.person_id
            AND occurrence IS NOT DISTINCT FROM known.radiology_occurrence_id)
"""

_ASSUME = """
INSERT INTO rcdm.radiology_quality (person_id, radiology_occurrence_id, assumption)
SELECT * FROM unnest($1::integer[], $2::bigint[], $3::text[]) ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class KnownPerson:
    """`is_mapped`: its source value is another; the site said who it is, or it is one person with another pseudonym."""

    person_id: int
    is_mapped: bool


async def share_persons(connection: Connection) -> None:
    """Until the transaction ends no pseudonym changes what it stands for."""
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", _LOCK)


async def own_persons(connection: Connection) -> None:
    """Until the transaction ends nobody else writes images."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def let_writers_pass(connection: Connection) -> None:
    """Whoever was writing images when this was called has ended when it returns."""
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def known_persons(connection: Connection, years: Mapping[str, int]) -> dict[str, KnownPerson]:
    """Found or made, and locked in steady order. `years` by key: of a new row, standing only until it is settled."""
    rows = await connection.fetch(_ELSEWHERE, sorted(years))
    mapped = {row["person_key"]: KnownPerson(row["person_id"], True) for row in rows}
    others = {key: year for key, year in years.items() if key not in mapped}
    made = await make_persons(connection, others, [one.person_id for one in mapped.values()])
    return mapped | {key: KnownPerson(person_id, False) for key, person_id in made.items()}


async def make_persons(
    connection: Connection, years: Mapping[str, int], also_locked: Sequence[int] = ()
) -> dict[str, int]:
    """Those whose source values these pseudonyms are, found or made, and locked with others; `years` as above."""
    keys = sorted(years)
    await connection.execute(_MAKE, keys, [years[key] for key in keys])
    rows = await lock_persons(connection, also_locked, keys)
    return {key: person_id for person_id, key in rows if key is not None and key in years}


async def lock_persons(
    connection: Connection, person_ids: Sequence[int], source_values: Sequence[str] = ()
) -> Sequence[tuple[int, str | None]]:
    """In an order that is the same everywhere. Returns their ids and source values."""
    rows = await connection.fetch(
        "SELECT person_id, person_source_value FROM cdm.person WHERE person_id = ANY($1)"
        " OR person_source_value = ANY($2) ORDER BY person_source_value, person_id FOR NO KEY UPDATE",
        person_ids,
        source_values,
    )
    return [(row[0], row[1]) for row in rows]


# What the images of one PatientID say of each other, and those of another person with the same one.
_OF_PATIENTS = """
WITH said AS (
    SELECT person_id, patient_key, count(DISTINCT coalesce(person_key, '')) AS keys, count(DISTINCT birth_key) AS births
    FROM rcdm.radiology_image WHERE person_id = ANY($1) AND patient_key IS NOT NULL GROUP BY 1, 2
)
SELECT person_id, 'ISSUERS_DIFFER' FROM said WHERE keys > 1
UNION SELECT person_id, 'BIRTH_DATES_DIFFER' FROM said WHERE births > 1
UNION SELECT person_id, 'SAME_ID_APART' FROM said WHERE EXISTS (
    SELECT FROM rcdm.radiology_image other
    WHERE other.patient_key = said.patient_key AND other.person_id <> said.person_id)
"""


@dataclass(frozen=True)
class Seen:
    """What one study says of its person."""

    day: date
    birth_year: int | None
    age_days: int | None
    sex: str


@dataclass(frozen=True)
class PersonFacts:
    """A row of cdm.person, the days between which they were seen, and what was assumed."""

    year_of_birth: int
    gender_concept_id: int
    gender_source_value: str | None
    first_day: date
    last_day: date
    assumption: str | None


def person_facts(studies: Sequence[Seen]) -> PersonFacts:
    """From all studies of one person: the earliest answer of the best kind; sexes that differ give none."""
    days = sorted(study.day for study in studies)
    given = [study.birth_year for study in studies if study.birth_year is not None]
    by_age = [
        study.day.year - int(study.age_days / _DAYS_PER_YEAR + 0.01) for study in studies if study.age_days is not None
    ]
    assumption = None if given else "BIRTH_YEAR_FROM_AGE" if by_age else "BIRTH_YEAR_FROM_STUDY"
    sexes = {study.sex for study in studies} - {"U"}
    sex = next(iter(sexes)) if len(sexes) == 1 else None
    year = min(given or by_age or [days[0].year])
    return PersonFacts(year, _GENDERS.get(sex or "", 0), sex, days[0], days[-1], assumption)


async def settle_persons(
    connection: Connection, person_ids: Sequence[int], occurrence_ids: Sequence[int], noted: Sequence[tuple[int, str]]
) -> None:
    """Persons, their observation periods and the assumptions about them; `noted` are those about the occurrences.

    Of a person whom the site knows nothing is assumed: what it says holds.
    """
    await lock_persons(connection, person_ids)
    known = {row[0] for row in await connection.fetch(_OF_THE_SITE, person_ids)}
    made = [one for one in person_ids if one not in known]
    seen = await _seen(connection, _STUDIES, made)
    seen |= await _seen(connection, _STUDIES_IN_PASSING, [one for one in made if one not in seen])
    facts = {person_id: person_facts(seen[person_id]) for person_id in sorted(seen)}
    ids, found = list(facts), list(facts.values())
    years, genders = [one.year_of_birth for one in found], [one.gender_concept_id for one in found]
    await connection.execute(_UPDATE, ids, years, genders, [one.gender_source_value for one in found])
    await observe_made(connection, ids, [one.first_day for one in found], [one.last_day for one in found])
    await observe_known(connection, sorted(known))
    assumed: list[tuple[int | None, int | None, str]] = [(None, occurrence, name) for occurrence, name in noted]
    assumed += [(person_id, None, one.assumption) for person_id, one in facts.items() if one.assumption]
    assumed += [(row[0], None, row[1]) for row in await connection.fetch(_OF_PATIENTS, person_ids)]
    columns = [[row[place] for row in assumed] for place in range(3)]
    await connection.execute(_FORGET_ASSUMPTIONS, person_ids, occurrence_ids, *columns)
    await connection.execute(_ASSUME, *columns)


async def _seen(connection: Connection, question: str, person_ids: Sequence[int]) -> dict[int, list[Seen]]:
    found: dict[int, list[Seen]] = defaultdict(list)
    rows: list[Any] = await connection.fetch(question, person_ids) if person_ids else []
    for row in rows:
        found[row["person_id"]].append(Seen(row["day"], row["birth_year"], row["age_days"], row["sex"]))
    return found

"""Which row of cdm.person a pseudonym from DICOM stands for: the one the site's map names, else one made for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.catalog.lookups import Connection

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

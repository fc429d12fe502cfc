"""Which pseudonyms are one person: the same PatientID under several issuers, or under one only now and then.

Birth date and sex decide: where they agree it is one person, where they contradict or are not known the pseudonyms stay
apart. What holds follows from the images that are there, not from the order in which they came.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Any

from services.catalog.db import Connection
from services.catalog.load.write import lock_studies
from services.catalog.omop.persons import make_persons

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(patient, 7263010)) FROM unnest($1::text[]) AS patient"

_ALIASES = """
SELECT patient_key, own_key, array_agg(DISTINCT birth_key) FILTER (WHERE birth_key IS NOT NULL) AS births,
    array_agg(DISTINCT person_sex) FILTER (WHERE person_sex <> 'U') AS sexes,
    array_agg(DISTINCT person_id) AS person_ids, extract(year FROM min(received_at))::integer AS year,
    (SELECT person_id FROM rcdm.person_map map WHERE map.person_key = own_key) AS mapped_id
FROM (
    SELECT image.*, coalesce(person_key, person_source_value) AS own_key
    FROM rcdm.radiology_image image JOIN cdm.person USING (person_id) WHERE patient_key = ANY($1)
) AS image GROUP BY 1, 2 ORDER BY 1, 2
"""

# $1: the PatientID's pseudonym, $2: that of the images, $3: the person they belong to.
_ELSEWHERE = """
FROM rcdm.radiology_image image JOIN cdm.person USING (person_id)
WHERE patient_key = $1 AND coalesce(image.person_key, person_source_value) = $2 AND person_id <> $3
"""
_STUDIES = f"""
SELECT DISTINCT text, study_instance_uid FROM rcdm.radiology_occurrence
JOIN rcdm.radiology_hospital USING (radiology_hospital_id)
WHERE radiology_occurrence_id IN (SELECT radiology_occurrence_id {_ELSEWHERE})
"""
_MOVE = f"""
UPDATE rcdm.radiology_image SET person_id = $3, person_key = $4
WHERE image_id IN (SELECT image_id {_ELSEWHERE}) RETURNING radiology_occurrence_id
"""


@dataclass(frozen=True)
class Alias:
    """A pseudonym and what its images say; `mapped_id`: the person the site's map names."""

    patient_key: str
    own_key: str
    births: frozenset[str]
    sexes: frozenset[str]
    mapped_id: int | None = None
    person_ids: tuple[int, ...] = ()
    year: int = 0

    def agrees(self, other: "Alias") -> bool:
        return not self.births.isdisjoint(other.births) and not self.contradicts(other)

    def contradicts(self, other: "Alias") -> bool:
        pairs = ((self.births, other.births), (self.sexes, other.sexes))
        return any(own and others and own.isdisjoint(others) for own, others in pairs)


@dataclass(frozen=True)
class United:
    """Studies whose images moved, persons they were taken from, and those who share a PatientID with another."""

    studies: frozenset[int] = frozenset()
    left: frozenset[int] = frozenset()
    persons: frozenset[int] = frozenset()


def owners(aliases: Sequence[Alias]) -> dict[str, str | int]:
    """Of one PatientID: for each pseudonym that whose person it is, or the person of the site.

    The pseudonym without an issuer stands for all, else the first. Where two of those that hang together contradict
    each other, or the site names several persons, each stays alone.
    """
    found: dict[str, str | int] = {}
    for group in _groups(aliases):
        sites = {one.mapped_id for one in group if one.mapped_id is not None}
        if len(sites) > 1 or any(one.contradicts(other) for one, other in combinations(group, 2)):
            found |= {one.own_key: one.mapped_id or one.own_key for one in group}
            continue
        keys = sorted(one.own_key for one in group)
        first = group[0].patient_key if group[0].patient_key in keys else keys[0]
        found |= dict.fromkeys(keys, next(iter(sites), first))
    return found


async def lock_patients(connection: Connection, patient_keys: Collection[str]) -> None:
    """Until the transaction ends nobody else writes images with these PatientIDs. Before any study is locked."""
    await connection.execute(_LOCK, sorted(patient_keys))


async def persons_of(connection: Connection, sop_uids: Sequence[str]) -> set[int]:
    """Whose the images of these UIDs are now, before they are written again."""
    rows = await connection.fetch(
        "SELECT DISTINCT person_id FROM rcdm.radiology_image WHERE sop_instance_uid = ANY($1)", sop_uids
    )
    return {row[0] for row in rows}


async def unite_persons(connection: Connection, patient_keys: Collection[str]) -> United:
    """Images go to the person they belong to; the caller has locked the patients, and settles the studies after."""
    rows = await connection.fetch(_ALIASES, sorted(patient_keys))
    studies, left, persons = set[int](), set[int](), set[int]()
    for _, group in groupby((_alias(row) for row in rows), key=lambda one: one.patient_key):
        aliases = list(group)
        targets = await _target_ids(connection, aliases)
        for one in aliases:
            target = targets[one.own_key]
            persons |= {target, *one.person_ids} if len(aliases) > 1 else set()
            if one.mapped_id is None and one.person_ids != (target,):
                studies |= await _move(connection, one, target)
                left |= {*one.person_ids} - {target}
    return United(frozenset(studies), frozenset(left), frozenset(persons - left))


async def _target_ids(connection: Connection, aliases: Sequence[Alias]) -> Mapping[str, int]:
    found = owners(aliases)
    years = {one.own_key: one.year for one in aliases}
    made = await make_persons(connection, {key: years[key] for key in found.values() if isinstance(key, str)})
    return {own: made[owner] if isinstance(owner, str) else owner for own, owner in found.items()}


async def _move(connection: Connection, alias: Alias, person_id: int) -> set[int]:
    place = (alias.patient_key, alias.own_key, person_id)
    await lock_studies(connection, {(row[0], row[1]) for row in await connection.fetch(_STUDIES, *place)})
    is_own = await connection.fetchval(
        "SELECT person_source_value = $2 FROM cdm.person WHERE person_id = $1", person_id, alias.own_key
    )
    return {row[0] for row in await connection.fetch(_MOVE, *place, None if is_own else alias.own_key)}


def _alias(row: Any) -> Alias:
    births, sexes = frozenset(row["births"] or ()), frozenset(row["sexes"] or ())
    person_ids = tuple(row["person_ids"])
    return Alias(row["patient_key"], row["own_key"], births, sexes, row["mapped_id"], person_ids, row["year"])


def _groups(aliases: Sequence[Alias]) -> Iterator[list[Alias]]:
    """Those that agree with each other, directly or through others."""
    rest = list(aliases)
    while rest:
        group = [rest.pop(0)]
        for one in group:  # grows while it is walked
            group += [other for other in rest if one.agrees(other)]
            rest = [other for other in rest if other not in group]
        yield group

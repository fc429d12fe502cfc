"""What a diagnosis is mapped to changes in one place: with its history, and with the rows that follow from it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from chassis.errors import BadRequest, Conflict, NotFound
from services.catalog.db import Connection
from services.catalog.diagnoses.conditions import link_conditions
from services.catalog.diagnoses.matching import BEFORE, CODE, NAME, TARGET, Match, matches
from services.catalog.diagnoses.source_to_concept_map import mirror

AUTOMATIC = "rcdm"  # who mapped it, when nobody did
BY_PEOPLE = ("PERSON", "IMPORT")  # methods; what they found stays, be it that there is no match

_READ = """
SELECT mapping_status, equivalence, match_score, mapping_method, mapped_by, mapping_revision,
    condition_source_concept_id,
    ARRAY(SELECT condition_concept_id FROM rcdm.radiology_condition_target target
          WHERE target.radiology_condition_id = said.radiology_condition_id ORDER BY 1) AS targets
FROM rcdm.radiology_condition said WHERE radiology_condition_id = $1 FOR UPDATE
"""

_WRITE = """
UPDATE rcdm.radiology_condition SET mapping_status = $2, equivalence = $3, match_score = $4, mapping_method = $5,
    mapped_by = $6, mapped_at = now(), condition_concept_id = $7, condition_source_concept_id = $8,
    mapping_revision = mapping_revision + 1,
    vocabulary_version = (SELECT vocabulary_version FROM rcdm.vocabulary_load ORDER BY vocabulary_load_id DESC LIMIT 1)
WHERE radiology_condition_id = $1 RETURNING mapping_revision
"""


@dataclass(frozen=True)
class Mapped:
    """What is said of a diagnosis; APPROVED has at least one concept."""

    status: str
    targets: tuple[int, ...]
    equivalence: str
    method: str | None = None
    score: float | None = None
    source_concept_id: int = 0


async def change(connection: Connection, condition_id: int, wanted: Mapped, by: str, revision: int | None) -> int:
    """Returns the new revision. `revision` is what the caller saw; None: whatever it is now.

    Raises NotFound, Conflict when somebody else was quicker, BadRequest for a concept that cannot be a target.
    """
    row = await connection.fetchrow(_READ, condition_id)
    if row is None:
        raise NotFound("There is no such diagnosis.", radiology_condition_id=condition_id)
    if revision is not None and revision != row["mapping_revision"]:
        raise Conflict(
            f"{row['mapped_by']} mapped this diagnosis meanwhile ({row['mapping_status']}); look at it again.",
            revision=row["mapping_revision"],
        )
    await _check(connection, wanted)
    return await _write(connection, condition_id, _mapped(row), wanted, by)


async def undo(connection: Connection, condition_id: int, by: str) -> int:
    """What it was before the last change; undone again, the change is back. Raises NotFound."""
    before = await connection.fetchval(
        "SELECT before FROM rcdm.radiology_condition_change WHERE radiology_condition_id = $1"
        " ORDER BY mapping_revision DESC LIMIT 1",
        condition_id,
    )
    if before is None:
        raise NotFound(
            "This diagnosis was never mapped: there is nothing to undo.", radiology_condition_id=condition_id
        )
    said = json.loads(before)
    return await change(connection, condition_id, Mapped(**{**said, "targets": tuple(said["targets"])}), by, None)


async def map_automatically(connection: Connection, condition_ids: Sequence[int]) -> None:
    """Diagnoses that nobody mapped yet get what their code, an earlier one or their name says: unapproved."""
    rows = await connection.fetch(
        "SELECT radiology_condition_id FROM rcdm.radiology_condition WHERE radiology_condition_id = ANY($1)"
        " AND mapping_status IN ('UNMAPPED', 'AUTO_MAPPED') AND coalesce(mapping_method, '') != ALL($2)"
        " ORDER BY 1 FOR UPDATE",
        condition_ids,
        BY_PEOPLE,
    )
    open_ids = [row[0] for row in rows]
    found: Mapping[int, Match] = await matches(connection, open_ids) if open_ids else {}
    for condition_id, match in sorted(found.items()):
        wanted = Mapped(
            "AUTO_MAPPED", match.targets, match.equivalence, match.method, match.score, match.source_concept_id
        )
        await change(connection, condition_id, wanted, AUTOMATIC, None)


async def approve_exact(connection: Connection, by: str) -> int:
    """What an exact code or name says is approved in this person's name. Returns how many."""
    rows = await connection.fetch(
        "SELECT radiology_condition_id FROM rcdm.radiology_condition WHERE mapping_status = 'AUTO_MAPPED'"
        " AND mapping_method = ANY($1) ORDER BY 1 FOR UPDATE",
        [CODE, BEFORE, NAME],
    )
    for (condition_id,) in rows:
        before = _mapped(await connection.fetchrow(_READ, condition_id))
        await change(connection, condition_id, replace(before, status="APPROVED"), by, None)
    return len(rows)


async def map_all_automatically(connection: Connection) -> None:
    """After a vocabulary was loaded: whatever nobody mapped."""
    rows = await connection.fetch("SELECT radiology_condition_id FROM rcdm.radiology_condition ORDER BY 1")
    await map_automatically(connection, [row[0] for row in rows])


def _mapped(row: Any) -> Mapped:
    return Mapped(
        row["mapping_status"], tuple(row["targets"]), row["equivalence"], row["mapping_method"], row["match_score"],
        row["condition_source_concept_id"],
    )  # fmt: skip


async def _check(connection: Connection, wanted: Mapped) -> None:
    if wanted.status == "APPROVED" and not wanted.targets:
        raise BadRequest("An approved diagnosis has a concept; say which, or say UNMAPPED.", parameter="concept_ids")
    rows = await connection.fetch(
        f"SELECT concept_id, concept_name, {TARGET.format('concept')} AS is_target FROM cdm.concept"
        " WHERE concept_id = ANY($1)",
        list(wanted.targets),
    )
    known = {row["concept_id"]: row for row in rows}
    for concept_id in wanted.targets:
        if concept_id not in known:
            raise BadRequest(f"The loaded vocabulary has no concept {concept_id}.", parameter="concept_ids")
        if not known[concept_id]["is_target"]:
            raise BadRequest(
                f"Concept {concept_id} ({known[concept_id]['concept_name']}) is no valid standard condition of SNOMED.",
                parameter="concept_ids",
            )


async def _write(connection: Connection, condition_id: int, before: Mapped, wanted: Mapped, by: str) -> int:
    if wanted == before:
        return int(await connection.fetchval(
            "SELECT mapping_revision FROM rcdm.radiology_condition WHERE radiology_condition_id = $1", condition_id
        ))  # fmt: skip
    await connection.execute(
        "DELETE FROM rcdm.radiology_condition_target WHERE radiology_condition_id = $1", condition_id
    )
    await connection.execute(
        "INSERT INTO rcdm.radiology_condition_target SELECT $1, concept FROM unnest($2::integer[]) AS concept",
        condition_id,
        sorted(set(wanted.targets)),
    )
    values: tuple[Any, ...] = (wanted.status, wanted.equivalence, wanted.score, wanted.method, by)
    first = min(wanted.targets, default=0)
    revision = await connection.fetchval(_WRITE, condition_id, *values, first, wanted.source_concept_id)
    await connection.execute(
        "INSERT INTO rcdm.radiology_condition_change"
        " (radiology_condition_id, mapping_revision, changed_by, before, after) VALUES ($1, $2, $3, $4, $5)",
        condition_id, revision, by, json.dumps(asdict(before)), json.dumps(asdict(wanted)),
    )  # fmt: skip
    if "APPROVED" in (before.status, wanted.status):
        studies = await connection.fetch(
            "SELECT radiology_occurrence_id FROM rcdm.radiology_occurrence WHERE radiology_condition_id = $1"
            " ORDER BY 1",
            condition_id,
        )
        await link_conditions(connection, [row[0] for row in studies])
        await mirror(connection, [condition_id])
    return int(revision)

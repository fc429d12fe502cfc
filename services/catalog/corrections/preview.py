"""What a correction would change, from what to what: asked before anything is written."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field
from pydantic_core import from_json

from services.catalog.corrections.models import OF_IMAGES
from services.catalog.corrections.targets import Target
from services.catalog.db import Connection

_OF_IMAGES = """
SELECT place, image.radiology_occurrence_id, image.series_instance_uid AS series, 0 AS series_count,
    count(*) AS images, image_plane AS plane, image_phase AS phase
FROM unnest($1::bigint[], $2::text[], $3::text[]) WITH ORDINALITY AS target (id, series, sop, place)
JOIN rcdm.radiology_image image ON image.radiology_occurrence_id = id
    AND (target.series IS NULL OR target.series = image.series_instance_uid)
    AND (target.sop IS NULL OR target.sop = image.sop_instance_uid)
GROUP BY 1, 2, 3, image_plane, image_phase ORDER BY 1, 3
"""

_OF_STUDIES = """
SELECT place, study.radiology_occurrence_id, NULL AS series, series_total_count AS series_count,
    image_total_count AS images, hospital.text AS hospital, protocol.text AS protocol,
    CASE WHEN radiology_condition_id IS NOT NULL THEN jsonb_build_object(
        'text', source_text, 'code', source_code, 'vocabulary', source_vocabulary_id)::text END AS condition
FROM unnest($1::bigint[]) WITH ORDINALITY AS target (id, place)
JOIN rcdm.radiology_occurrence study ON radiology_occurrence_id = id
JOIN rcdm.radiology_hospital hospital USING (radiology_hospital_id)
LEFT JOIN rcdm.radiology_protocol protocol USING (radiology_protocol_id)
LEFT JOIN rcdm.radiology_condition USING (radiology_condition_id) ORDER BY 1
"""


class Counts(BaseModel):
    occurrences: int
    series: int
    images: int


class Change(Counts):
    """So many would be, or were, changed from this to that."""

    field: str
    before: Any = Field(description="Null: there was none.")
    after: Any


@dataclass(frozen=True)
class Part:
    """Images of one target that are alike in what is corrected."""

    target: Target
    occurrence_id: int
    series: str | None
    series_count: int  # of a whole study, whose series are not named
    images: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


async def differing_parts(
    connection: Connection, targets: Sequence[Target], said: Mapping[str, Any]
) -> tuple[Counts, Sequence[Part]]:
    """How much there is, and of it the parts of which something else is said now, only those values in each."""
    if set(said) <= set(OF_IMAGES):
        columns = [[getattr(one, name) for one in targets] for name in ("occurrence_id", "series", "sop")]
        rows = await connection.fetch(_OF_IMAGES, *columns)
    else:
        rows = await connection.fetch(_OF_STUDIES, [one.occurrence_id for one in targets])
    parts = [_part(targets[row["place"] - 1], row, said) for row in rows]
    return counted(parts), [part for part in parts if part.after]


def counted(parts: Iterable[Part]) -> Counts:
    known = list(parts)
    named = {(part.occurrence_id, part.series) for part in known if part.series is not None}
    return Counts(
        occurrences=len({part.occurrence_id for part in known}),
        series=len(named) + sum(part.series_count for part in known),
        images=sum(part.images for part in known),
    )


def summary(parts: Sequence[Part]) -> list[Change]:
    """By value, most images first."""
    alike: dict[tuple[str, str, str], list[Part]] = defaultdict(list)
    for part in parts:
        for field, after in part.after.items():
            alike[field, _key(part.before[field]), _key(after)].append(part)
    changes = [
        Change(field=field, before=from_json(before), after=from_json(after), **counted(some).model_dump())
        for (field, before, after), some in alike.items()
    ]
    return sorted(changes, key=lambda one: (one.field, -one.images, _key(one.before)))


def before_of_targets(parts: Sequence[Part]) -> Mapping[Target, Mapping[str, Any]]:
    """For the history: of a study its value, of images how many had each."""
    found: dict[Target, dict[str, Any]] = defaultdict(dict)
    for part in parts:
        for field in part.after:
            if field in OF_IMAGES:
                counts: Counter[str] = Counter(found[part.target].get(field, {}))
                counts[part.before[field]] += part.images
                found[part.target][field] = dict(sorted(counts.items()))
            else:
                found[part.target][field] = part.before[field]
    return found


def _part(target: Target, row: Any, said: Mapping[str, Any]) -> Part:
    before = {field: row[field] for field in said}
    if before.get("condition"):
        before["condition"] = from_json(before["condition"])
    changed = {field: value for field, value in said.items() if value != before[field]}
    return Part(
        target, row["radiology_occurrence_id"], row["series"], row["series_count"], row["images"],
        {field: before[field] for field in changed}, changed,
    )  # fmt: skip


def _key(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)

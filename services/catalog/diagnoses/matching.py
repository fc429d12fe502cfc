"""What a diagnosis probably means: by its code, by what was approved before, or by its exact name.

`c220` of KCD-7 is read as C22.0.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.catalog.db import Connection

# As people write the vocabularies, and as OMOP names them.
_VOCABULARIES = {
    "KCD": "KCD7", "KCD7": "KCD7", "KCD8": "KCD7", "ICD10": "ICD10", "ICD10CM": "ICD10CM", "ICD9CM": "ICD9CM",
    "SNOMED": "SNOMED", "SNOMEDCT": "SNOMED",
}  # fmt: skip
_DOTTED = frozenset({"KCD7", "ICD10", "ICD10CM"})
_WITHOUT_DOT = re.compile(r"([A-Z]\d[0-9A-Z])([0-9A-Z]{1,4})")

CODE, BROADER_CODE, BEFORE, NAME = "CODE", "BROADER_CODE", "BEFORE", "NAME"
_BROADER_SCORE = 0.8

# Standard, valid, a condition of SNOMED: what a diagnosis may be mapped to. Athena maps each to itself; a part of a
# vocabulary may lack those rows, so what maps to nothing stands for itself here.
TARGET = (
    "{0}.standard_concept = 'S' AND {0}.invalid_reason IS NULL AND {0}.domain_id = 'Condition'"
    " AND {0}.vocabulary_id = 'SNOMED'"
)


def vocabulary_id(said: str) -> str:
    """KCD-7 → KCD7, ICD-10 → ICD10; an unknown name stays as it is."""
    return _VOCABULARIES.get(re.sub(r"[^A-Z0-9]", "", said.upper()), said.strip())


def concept_code(said: str, vocabulary: str) -> str:
    """In upper case, with the dot after the third character where the vocabulary has one."""
    code = "".join(said.upper().split())
    match = _WITHOUT_DOT.fullmatch(code) if vocabulary in _DOTTED else None
    return f"{match[1]}.{match[2]}" if match else code


def broader_codes(code: str) -> Iterator[str]:
    """The codes above it, the nearest first: C22.01, C22.0, C22."""
    stem, _, rest = code.partition(".")
    for length in range(len(rest) - 1, -1, -1):
        yield f"{stem}.{rest[:length]}" if length else stem


_BY_CODE = f"""
SELECT source.vocabulary_id, source.concept_code, source.concept_id AS source_concept_id,
    array_agg(DISTINCT target.concept_id) FILTER (WHERE target.concept_id IS NOT NULL) AS targets
FROM unnest($1::text[], $2::text[]) AS said (vocabulary, code)
JOIN cdm.concept source ON source.vocabulary_id = said.vocabulary AND source.concept_code = said.code
LEFT JOIN cdm.concept_relationship map ON map.concept_id_1 = source.concept_id AND map.relationship_id = 'Maps to'
    AND map.invalid_reason IS NULL
LEFT JOIN cdm.concept target ON target.concept_id = coalesce(map.concept_id_2, source.concept_id)
    AND {TARGET.format("target")}
GROUP BY 1, 2, 3
"""


_BEFORE = """
SELECT DISTINCT ON (wanted.radiology_condition_id) wanted.radiology_condition_id, known.radiology_condition_id AS known,
    known.condition_source_concept_id AS source_concept_id,
    ARRAY(SELECT condition_concept_id FROM rcdm.radiology_condition_target target
          WHERE target.radiology_condition_id = known.radiology_condition_id ORDER BY 1) AS targets
FROM rcdm.radiology_condition wanted JOIN rcdm.radiology_condition known
    ON md5(lower(known.source_text)) = md5(lower(wanted.source_text))
    AND known.radiology_condition_id <> wanted.radiology_condition_id
WHERE wanted.radiology_condition_id = ANY($1) AND wanted.source_text <> '' AND known.mapping_status = 'APPROVED'
ORDER BY wanted.radiology_condition_id, known.mapped_at DESC
"""


_BY_NAME = f"""
WITH said AS (
    SELECT radiology_condition_id, rcdm.name_key(source_text) AS key FROM rcdm.radiology_condition
    WHERE radiology_condition_id = ANY($1) AND source_text <> ''
), named AS (
    SELECT radiology_condition_id, concept_id FROM said
    JOIN cdm.concept ON md5(rcdm.name_key(concept_name)) = md5(key) AND rcdm.name_key(concept_name) = key
    UNION
    SELECT radiology_condition_id, concept_id FROM said
    JOIN cdm.concept_synonym ON md5(rcdm.name_key(concept_synonym_name)) = md5(key)
        AND rcdm.name_key(concept_synonym_name) = key
)
SELECT radiology_condition_id, target.concept_id
FROM named LEFT JOIN cdm.concept_relationship map ON map.concept_id_1 = named.concept_id
    AND map.relationship_id = 'Maps to' AND map.invalid_reason IS NULL
JOIN cdm.concept target ON target.concept_id = coalesce(map.concept_id_2, named.concept_id)
    AND {TARGET.format("target")}
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Match:
    """`targets` are concept ids, several where a code maps to several."""

    targets: tuple[int, ...]
    method: str
    score: float
    equivalence: str
    source_concept_id: int = 0


async def matches(connection: Connection, condition_ids: Sequence[int]) -> Mapping[int, Match]:
    """The best of each diagnosis that has one."""
    rows = await connection.fetch(
        "SELECT radiology_condition_id, source_code, source_vocabulary_id FROM rcdm.radiology_condition"
        " WHERE radiology_condition_id = ANY($1)",
        condition_ids,
    )
    found = await _by_names(connection, condition_ids)
    found |= await _by_earlier_ones(connection, condition_ids)
    found |= await _by_codes(connection, {row[0]: (row[1], row[2]) for row in rows if row[1]})
    return found


async def _by_codes(connection: Connection, said: Mapping[int, tuple[str, str]]) -> dict[int, Match]:
    wanted = {
        condition: (vocabulary, [code, *broader_codes(code)])
        for condition, (written, name) in said.items()
        for vocabulary in [vocabulary_id(name)]
        for code in [concept_code(written, vocabulary)]
    }
    asked = sorted({(vocabulary, code) for vocabulary, codes in wanted.values() for code in codes})
    rows = await connection.fetch(_BY_CODE, [one[0] for one in asked], [one[1] for one in asked])
    known = {(row[0], row[1]): (row["source_concept_id"], tuple(row["targets"] or ())) for row in rows}
    found = {}
    for condition, (vocabulary, codes) in wanted.items():
        for place, code in enumerate(codes):
            source, targets = known.get((vocabulary, code), (0, ()))
            if targets:
                exact = place == 0
                found[condition] = Match(
                    tuple(sorted(targets)), CODE if exact else BROADER_CODE, 1.0 if exact else _BROADER_SCORE**place,
                    "EQUIVALENT" if exact else "WIDER", source if exact else 0,
                )  # fmt: skip
                break
    return found


async def _by_earlier_ones(connection: Connection, condition_ids: Sequence[int]) -> dict[int, Match]:
    rows = await connection.fetch(_BEFORE, condition_ids)
    return {
        row["radiology_condition_id"]: Match(tuple(row["targets"]), BEFORE, 1.0, "EQUAL", row["source_concept_id"])
        for row in rows
        if row["targets"]
    }


async def _by_names(connection: Connection, condition_ids: Sequence[int]) -> dict[int, Match]:
    targets: dict[int, list[int]] = defaultdict(list)
    for condition, concept in await connection.fetch(_BY_NAME, condition_ids):
        targets[condition].append(concept)
    # A name that means several things means nothing for certain: a person chooses.
    return {condition: Match((some[0],), NAME, 1.0, "EQUAL") for condition, some in targets.items() if len(some) == 1}

"""The names that lead to a condition, and for each two or three letters (a gram) the names that have it.

Grams are what misspelt and reordered names still share. The index is built beside the one in use.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from services.catalog.db import Connection
from services.catalog.diagnoses.matching import TARGET

Grams = NDArray[np.uint64]  # gram << 32 | number of its text, sorted, none twice

_WORDS = re.compile(r"[^\W_]+")
_LINE, _SPACE = ord("\n"), ord(" ")
# Odd, and far from each other: letters that differ give grams that differ, but for one in thousands of millions.
_FACTORS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9))
_HALF = np.uint64(32)

TABLES = ("term", "term_gram", "term_lengths")
LONGEST_LIST = 200_000  # terms; what more have says too little to be read for a suggestion
_BATCH = 50_000


def words_of(text: str) -> str:
    """In lower case, without accents and signs, with single spaces: `Ménière's` → `meniere s`."""
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFC", "".join(one for one in apart if not unicodedata.combining(one)))
    return " ".join(_WORDS.findall(text.casefold()))


def grams_of(texts: Sequence[str]) -> Grams:
    """Of texts as `words_of` gives them. A gram never reaches over two words: their order says nothing."""
    lines = "\n".join(["", *(f" {text} " for text in texts), ""])
    letters = np.frombuffer(lines.encode("utf-32-le"), np.uint32)
    owners = (np.cumsum(letters == _LINE) - 1).astype(np.uint64)
    inside = letters != _LINE
    first, second, third = letters[:-2], letters[1:-1], letters[2:]
    two = inside[:-2] & inside[1:-1]
    three = two & inside[2:] & (second != _SPACE)
    found = np.concatenate([
        _hashed(first[two], second[two]) << _HALF | owners[:-2][two],
        _hashed(first[three], second[three], third[three]) << _HALF | owners[:-2][three],
    ])  # fmt: skip
    found.sort()
    once = np.ones(len(found), bool)
    np.not_equal(found[1:], found[:-1], out=once[1:])  # np.unique takes ten times as long
    return found[once]


def split(grams: Grams) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The grams, and the number of the text each is of."""
    return (grams >> _HALF).astype(np.int64), (grams & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _hashed(*letters: NDArray[np.uint32]) -> NDArray[np.uint64]:
    mixed = np.full(letters[0].shape, len(letters), np.uint64)
    for one, factor in zip(letters, _FACTORS, strict=False):
        mixed = (mixed ^ one.astype(np.uint64)) * factor
        mixed ^= mixed >> _HALF
    return mixed >> _HALF


def weight_of(texts_with_it: NDArray[np.int64], texts: int) -> NDArray[np.float64]:
    """Inverse document frequency: what few have says much."""
    weights: NDArray[np.float64] = np.log1p(texts / np.maximum(texts_with_it, 1))
    return weights


_TERMS = """
WITH mapped AS (
    SELECT source.concept_id, array_agg(DISTINCT target.concept_id ORDER BY target.concept_id) AS targets
    FROM {schema}.concept source LEFT JOIN {schema}.concept_relationship map ON map.concept_id_1 = source.concept_id
        AND map.relationship_id = 'Maps to' AND map.invalid_reason IS NULL
    JOIN {schema}.concept target ON target.concept_id = coalesce(map.concept_id_2, source.concept_id)
    WHERE {target} GROUP BY 1
), named AS (
    SELECT concept_id, concept_name AS term FROM {schema}.concept
    UNION
    SELECT concept_id, concept_synonym_name FROM {schema}.concept_synonym
)
INSERT INTO {schema}.term (term_number, concept_id, term, targets)
SELECT row_number() OVER (ORDER BY concept_id, term) - 1, concept_id, term, targets
FROM mapped JOIN named USING (concept_id)
"""


async def build_terms(connection: Connection, schema: str, progress: Callable[[int, int], None]) -> int:
    """From the vocabulary in `schema`, into tables of it. Returns the number of terms. Needs 16 bytes for each gram."""
    for table in TABLES:
        await connection.execute(f"CREATE TABLE {schema}.{table} (LIKE catalog.{table} INCLUDING ALL)")
    await connection.execute(_TERMS.format(schema=schema, target=TARGET.format("target")))
    count = int(await connection.fetchval(f"SELECT count(*) FROM {schema}.term"))
    batches = []
    for start in range(0, count, _BATCH):
        batches.append(await _grams_from(connection, schema, start))
        progress(min(start + _BATCH, count), count)
    grams, terms = split(_sorted_together(batches))
    starts = np.flatnonzero(np.diff(grams, prepend=-1))
    counts = np.diff(starts, append=len(grams))
    await connection.copy_records_to_table(
        "term_gram", schema_name=schema, columns=["gram", "term_count", "terms"],
        records=_lists(grams[starts], starts, counts, terms.astype(np.uint32)),
    )  # fmt: skip
    lengths = np.sqrt(np.bincount(terms, np.repeat(weight_of(counts, count) ** 2, counts), count))
    await connection.execute(
        f"INSERT INTO {schema}.term_lengths VALUES (nextval('catalog.term_index_number'), $1)",
        lengths.astype(np.float32).tobytes(),
    )
    await connection.execute(f"ANALYZE {schema}.term, {schema}.term_gram")
    return count


async def _grams_from(connection: Connection, schema: str, start: int) -> Grams:
    rows = await connection.fetch(
        f"SELECT term FROM {schema}.term WHERE term_number >= $1 AND term_number < $2 ORDER BY term_number",
        start,
        start + _BATCH,
    )
    return grams_of([words_of(row[0]) for row in rows]) + np.uint64(start)


def _sorted_together(batches: list[Grams]) -> Grams:
    together = np.concatenate([*batches, np.empty(0, np.uint64)])
    batches.clear()
    together.sort(kind="stable")  # which is quick where runs are sorted already
    return together


def _lists(
    grams: NDArray[np.int64], starts: NDArray[np.intp], counts: NDArray[np.intp], terms: NDArray[np.uint32]
) -> Iterator[tuple[int, int, bytes | None]]:
    for gram, start, count in zip(grams.tolist(), starts.tolist(), counts.tolist(), strict=True):
        yield gram, count, terms[start : start + count].tobytes() if count <= LONGEST_LIST else None

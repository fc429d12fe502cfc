"""The terms nearest to a text: cosine of their grams, weighted by how few terms have each.

A text is compared with the terms that share its rarest grams only: the others cannot be near it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.catalog.db import Connection
from services.catalog.vocabulary.terms.index import grams_of, split, weight_of, words_of

_MOST_READ = 700_000  # terms in the lists that are read for one text
_MOST_COMPARED = 400
_LONGEST_TEXT = 300  # letters


@dataclass(frozen=True)
class Near:
    """A name, the concept that has it, the conditions that concept maps to, and the cosine, 0 to 1."""

    term: str
    concept_id: int
    targets: tuple[int, ...]
    score: float


@dataclass(frozen=True)
class Lengths:
    """Of each term, as a vector of weights. Kept in memory: 4 bytes a term."""

    index_id: int
    of_terms: NDArray[np.float32]


class Terms:
    """The terms of the vocabulary in use. One for each service."""

    def __init__(self) -> None:
        self._lengths: Lengths | None = None

    async def nearest(self, connection: Connection, text: str) -> Sequence[Near]:
        """The nearest first. Nothing when no vocabulary is loaded, or nothing is alike."""
        lengths = await self._current(connection)
        mine, _ = split(grams_of([words_of(text[:_LONGEST_TEXT])]))
        if lengths is None or not len(mine):
            return []
        count = len(lengths.of_terms)
        rows = await connection.fetch(
            "SELECT gram, term_count FROM catalog.term_gram WHERE gram = ANY($1) ORDER BY term_count, gram", mine
        )
        known = {row[0]: row[1] for row in rows}
        counts = np.array([known.get(gram, 0) for gram in mine.tolist()])
        weights = weight_of(counts, count)
        near = await self._candidates(connection, rows, lengths)
        found = await connection.fetch(
            "SELECT term_number, term, concept_id, targets FROM catalog.term WHERE term_number = ANY($1)", near
        )
        scores = _cosines(mine, weights, [row["term"] for row in found])
        scores /= [float(lengths.of_terms[row["term_number"]]) for row in found]
        best = np.argsort(-scores, kind="stable")
        return [
            Near(found[one]["term"], found[one]["concept_id"], tuple(found[one]["targets"]), float(scores[one]))
            for one in best
        ]

    async def _candidates(self, connection: Connection, rows: Sequence[Sequence[int]], lengths: Lengths) -> list[int]:
        read = 0
        chosen: list[int] = []
        for gram, term_count in rows:
            read += term_count
            if chosen and read > _MOST_READ:
                break
            chosen.append(gram)
        lists = await connection.fetch(
            "SELECT term_count, terms FROM catalog.term_gram WHERE gram = ANY($1) AND terms IS NOT NULL", chosen
        )
        return await asyncio.to_thread(_nearest_of, [(row[0], row[1]) for row in lists], lengths)

    async def _current(self, connection: Connection) -> Lengths | None:
        index_id = await connection.fetchval("SELECT term_index_id FROM catalog.term_lengths")
        if index_id is None:
            return None
        if self._lengths is None or self._lengths.index_id != index_id:
            row = await connection.fetchrow("SELECT term_index_id, lengths FROM catalog.term_lengths")
            self._lengths = Lengths(row["term_index_id"], np.frombuffer(row["lengths"], np.float32))
        return self._lengths


def _nearest_of(lists: Sequence[tuple[int, bytes]], lengths: Lengths) -> list[int]:
    if not lists:
        return []
    count = len(lengths.of_terms)
    weights = weight_of(np.array([one[0] for one in lists]), count) ** 2
    # Only what the lists name is ever touched: looking at every term takes longer than all the rest.
    shared = np.zeros(count, np.float32)
    named = []
    for (_, packed), weight in zip(lists, weights.astype(np.float32), strict=True):
        terms = np.frombuffer(packed, np.uint32).astype(np.intp)
        before = shared[terms]
        named.append(terms[before == 0])
        shared[terms] = before + weight
    some = np.concatenate(named)
    near = shared[some] / lengths.of_terms[some]
    if len(some) > _MOST_COMPARED:
        some = some[np.argpartition(-near, _MOST_COMPARED)[:_MOST_COMPARED]]
    found: list[int] = some.tolist()
    return found


def _cosines(mine: NDArray[np.int64], weights: NDArray[np.float64], texts: Sequence[str]) -> NDArray[np.float64]:
    """Not divided by the length of the texts yet."""
    grams, owners = split(grams_of([words_of(text) for text in texts]))
    place = np.minimum(np.searchsorted(mine, grams), len(mine) - 1)
    same = mine[place] == grams
    shared = np.bincount(owners[same], weights[place[same]] ** 2, len(texts))
    return shared / float(np.sqrt(np.sum(weights**2)))

"""`make bench-catalog`: how long searches and upserts take on a million images and more, asked over HTTP."""

import argparse
import asyncio
import os
import platform
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from chassis.db.embedded.server import embedded_postgres
from chassis.telemetry.logging import configure_logging
from services.catalog.load.consumer import BATCH_RECORDS
from services.catalog.tags.indexer import SearchIndexer
from tests.bench.catalog_messages import messages
from tests.bench.synthetic_catalog import fill, make_lookups, map_conditions
from tests.journey.catalog_shelf import Shelf, open_shelf
from tests.vocabulary.large import condition

_TIMES, _LEAST_TIMES, _LONGEST_MS = 40, 3, 20_000  # of one question
_PAGES_DEEP = 30
_UPSERTS = 4000
_TAG = "EchoTime"
_PATIENCE_SECONDS = 120
_FILTER = {"modality": "CT", "sex": "F", "age_min": 50, "plane": "AXIAL"}
Ask = Callable[[], Awaitable[Any]]


@dataclass(frozen=True)
class Timed:
    """Milliseconds."""

    p50: float
    p95: float
    p99: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[1_000_000], help="Sizes, the smaller ones first.")
    parser.add_argument("--keep", type=Path, help="A file for the table.")
    given = parser.parse_args()
    configure_logging("text", "bench")
    with tempfile.TemporaryDirectory(prefix="rcdm-bench-catalog-") as folder:
        lines = asyncio.run(_measure(Path(folder), sorted(given.images)))
    if given.keep:
        given.keep.write_text("\n".join(lines) + "\n")


class _Unanswered(Exception):
    """The server gave up: what it said."""


async def _measure(folder: Path, sizes: list[int]) -> list[str]:
    lines = [
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL as embedded"
    ]
    print(lines[0])
    first: dict[str, Timed] = {}
    async with embedded_postgres(folder / "postgres") as server, open_shelf(server, folder / "shelf") as shelf:
        shelf.http.timeout = httpx.Timeout(_PATIENCE_SECONDS)
        async with shelf.home.database.pool.acquire() as connection:
            await make_lookups(connection)
        await map_conditions(shelf.home.database, folder / "vocabulary")
        images = 0
        for size in sizes:
            started = time.monotonic()
            study = 1 + await shelf.value(
                "SELECT coalesce(max(radiology_occurrence_id), 0) FROM rcdm.radiology_occurrence"
            )
            study = await fill(shelf.home.database.dsn, study, size - images)
            images = await shelf.value("SELECT count(*) FROM rcdm.radiology_image")
            seconds = time.monotonic() - started
            lines += _say(f"\n{images:,} images of {study - 1:,} studies, filled in {seconds:.0f} s")
            lines += _say(
                "| question | p50 ms | p95 ms | p99 ms | p95 against the first size |", "|---|---:|---:|---:|---:|"
            )
            await shelf.home.database.pool.execute("UPDATE rcdm.radiology_searchable_tag SET state = 'INDEXING'")
            for name, ask in _questions(shelf, await _deep_cursor(shelf, study - 1)).items():
                lines += _say(await _row(name, ask, first))
            seconds = await _make_searchable(shelf)
            for name, ask in _tag_questions(shelf).items():
                lines += _say(await _row(f"{name}, searchable", ask, first))
            lines += _say("", f"{_TAG} made searchable in {seconds:.0f} s")
            rate = await _upserts(shelf, size)
            lines += _say(f"upserts of new studies of 100 images, batches of {BATCH_RECORDS}: {rate:.0f} images/s")
            images += _UPSERTS
    return lines


def _questions(shelf: Shelf, deep: str) -> dict[str, Ask]:
    def get(path: str, **parameters: Any) -> Ask:
        return lambda: _ask(shelf, path, parameters)

    return {
        "first page": get("/occurrences"),
        "filtered page": get("/occurrences", **_FILTER),
        "page by free text": get("/occurrences", q="chest 질환"),
        "deep page": get("/occurrences", cursor=deep),
        "by image count": get("/occurrences", sort="-images"),
        "facets of all": get("/occurrences/facets"),
        "facets of a filter": get("/occurrences/facets", **_FILTER),
        "distribution of all": get("/occurrences/distribution"),
        "distribution of a filter": get("/occurrences/distribution", **_FILTER),
        "plane and phase": get("/occurrences", plane="CORONAL", phase="ARTERIAL"),
        "slices of at most 1 mm": get("/occurrences", slice_thickness_max=1),
        "a concept and what lies below": get("/occurrences", condition_concept_id=condition(1)),
        "facets of a concept": get("/occurrences/facets", condition_concept_id=condition(1)),
        "images of a study": get("/occurrences/1/images"),
        "start page's numbers": get("/statistics"),
        **_tag_questions(shelf),
    }


def _tag_questions(shelf: Shelf) -> dict[str, Ask]:
    return {
        "any tag": lambda: _ask(shelf, "/occurrences", {"tag": f"{_TAG}<50"}),
        "any tag, rare": lambda: _ask(shelf, "/occurrences", {"tag": f"{_TAG}<2.1"}),
    }


async def _ask(shelf: Shelf, path: str, parameters: Mapping[str, Any]) -> None:
    answer = await shelf.http.get(f"/api/v1{path}", params=dict(parameters))
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        raise _Unanswered(answer.json()["detail"])
    assert answer.is_success, answer.text


async def _row(name: str, ask: Ask, first: dict[str, Timed]) -> str:
    try:
        timed = await _time(ask)
    except _Unanswered:
        return f"| {name} | took too long: refused | | | |"
    against = timed.p95 / first.setdefault(name, timed).p95
    return f"| {name} | {timed.p50:.1f} | {timed.p95:.1f} | {timed.p99:.1f} | {against:.2f} |"


async def _make_searchable(shelf: Shelf) -> float:
    """Seconds. What was filled in without going through uploads is read as if the tag were new."""
    started = time.monotonic()
    await shelf.home.database.pool.execute("TRUNCATE rcdm.radiology_tag_value")
    answer = await shelf.http.put(f"/api/v1/searchable-tags/{_TAG}")
    assert answer.is_success, answer.text
    await shelf.home.database.pool.execute(
        "UPDATE rcdm.radiology_searchable_tag SET state = 'INDEXING', last_occurrence_id = 0, images_done = 0,"
        " until_occurrence_id = (SELECT max(radiology_occurrence_id) FROM rcdm.radiology_occurrence)"
    )
    indexer = SearchIndexer(shelf.home.database)
    while await indexer.step():
        pass
    return time.monotonic() - started


async def _deep_cursor(shelf: Shelf, studies: int) -> str:
    """Near the end of the list."""
    parameters: dict[str, Any] = {"limit": min(1000, studies // (_PAGES_DEEP + 1))}
    for _ in range(_PAGES_DEEP):
        page = await shelf.get("/occurrences", **parameters)
        parameters["cursor"] = page["next"]
    return str(parameters["cursor"])


async def _time(ask: Ask) -> Timed:
    await ask()
    taken: list[float] = []
    while len(taken) < _TIMES and (len(taken) < _LEAST_TIMES or sum(taken) < _LONGEST_MS):
        started = time.perf_counter()
        await ask()
        taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    return Timed(*(taken[min(len(taken) - 1, round(len(taken) * share))] for share in (0.5, 0.95, 0.99)))


async def _upserts(shelf: Shelf, named: int) -> float:
    """Images a second."""
    told = list(messages(_UPSERTS, f"2.25.9{named}"))
    started = time.perf_counter()
    for first in range(0, len(told), BATCH_RECORDS):
        await shelf.take(*told[first : first + BATCH_RECORDS])
    return _UPSERTS / (time.perf_counter() - started)


def _say(*lines: str) -> list[str]:
    print(*lines, sep="\n", flush=True)
    return list(lines)


if __name__ == "__main__":
    main()

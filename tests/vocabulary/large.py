"""As many made-up conditions as are asked for, with synonyms, codes, maps and ancestors, in Athena's form."""

from collections.abc import Iterator
from pathlib import Path

from tests.vocabulary.athena import VALID, Row, write_file
from tests.vocabulary.clinical import names
from tests.vocabulary.made_up import FIRST, KOREAN, write_small_files

_BROADER = 10  # each condition lies below as many others


def large_vocabulary(folder: Path, concepts: int) -> Path:
    """That many standard conditions, one Korean name, one KCD7 code and its map for each. Raises ValueError."""
    write_file(folder, "CONCEPT", _concepts(concepts))
    write_file(folder, "CONCEPT_SYNONYM", _synonyms(concepts))
    write_file(folder, "CONCEPT_RELATIONSHIP", _maps(concepts))
    write_file(folder, "CONCEPT_ANCESTOR", _ancestors(concepts))
    write_small_files(folder)
    return folder


def condition(number: int) -> int:
    """The concept_id of the condition with the name of this number, from 0."""
    return FIRST + 1000 + 2 * number


def _concepts(count: int) -> Iterator[Row]:
    yield (0, "No matching concept", "Metadata", "None", "Undefined", "", "No matching concept", *VALID)
    for number, (name, korean) in enumerate(names(count)):
        yield (condition(number), name, "Condition", "SNOMED", "Clinical Finding", "S", f"M{number}", *VALID)
        yield (_code(number), korean, "Condition", "KCD7", "KCD7 code", "", f"Z{number}", *VALID)


def _synonyms(count: int) -> Iterator[Row]:
    for number, (_, korean) in enumerate(names(count)):
        yield (condition(number), korean, KOREAN)


def _maps(count: int) -> Iterator[Row]:
    for number in range(count):
        yield (_code(number), condition(number), "Maps to", *VALID)
        yield (condition(number), _code(number), "Mapped from", *VALID)


def _ancestors(count: int) -> Iterator[Row]:
    """A tree: above N stands N / 10."""
    for number in range(count):
        above, level = number, 0
        while True:
            yield (condition(above), condition(number), level, level)
            if above == 0:
                break
            above, level = above // _BROADER, level + 1


def _code(number: int) -> int:
    return condition(number) + 1

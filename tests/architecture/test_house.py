"""Rules about ourselves that a linter does not know."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_PACKAGES = ("cdm", "chassis", "imaging", "services", "tests")
_MOST_LINES = 350


def _sources() -> Iterator[Path]:
    for package in _PACKAGES:
        yield from sorted((_ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", [p for p in _sources() if p.stat().st_size], ids=lambda p: str(p.relative_to(_ROOT)))
def test_a_file_is_one_idea_with_a_sentence_at_its_head(path: Path) -> None:
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), f"{path.name} does not say what it is for"
    assert text.count("\n") <= _MOST_LINES, f"{path.name} is longer than {_MOST_LINES} lines: two ideas?"


def test_every_folder_of_modules_is_a_package() -> None:
    """A folder called `build` was left out by git, ruff and mypy, each by a list of its own."""
    folders = {path.parent for path in _sources() if "migrations" not in path.parts and "golden" not in path.parts}
    assert [str(folder.relative_to(_ROOT)) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_settings_are_read_in_one_place() -> None:
    """Only the settings and the command line's client look at the environment."""
    readers = {
        str(path.relative_to(_ROOT))
        for path in _sources()
        if path.is_relative_to(_ROOT / "tests") is False and re.search(r"os\.(environ|getenv)", path.read_text())
    }
    assert readers <= {"chassis/settings.py", "services/cli/client/http.py", "chassis/sandbox/worker_main.py"}


def test_nothing_is_left_open() -> None:
    marks = re.compile(
        "|".join(["TO" + "DO", "FIX" + "ME", "raise NotImplemented" + "Error", r"pytest\.mark\.(skip|xfail)"])
    )
    found = [str(path.relative_to(_ROOT)) for path in _sources() if marks.search(path.read_text())]
    assert found == []


def test_wait_for_is_never_used() -> None:
    """On Python 3.11 asyncio.wait_for can lose a cancellation and hang a shutdown."""
    found = [path.name for path in _sources() if re.search(r"asyncio\.wait_" + r"for\(", path.read_text())]
    assert found == []

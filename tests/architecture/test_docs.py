"""Docs are true: every setting, target, topic, command and link in them exists, and the other way round."""

import re
from pathlib import Path

import pytest

from chassis.messaging import topics
from chassis.settings import CLIENT_SETTINGS, PREFIX, Settings
from services.__main__ import app
from tests.architecture.map import folder_map

_ROOT = Path(__file__).parents[2]
_DOCS = sorted([*_ROOT.glob("*.md"), *(_ROOT / "docs").rglob("*.md")])
_TEXT = "\n".join(path.read_text() for path in _DOCS)
_SETTINGS = {PREFIX + name.upper() for name in Settings.model_fields} | CLIENT_SETTINGS


def test_every_setting_is_documented() -> None:
    assert [name for name in sorted(_SETTINGS) if name not in _TEXT] == []


def test_every_setting_in_the_docs_exists() -> None:
    assert set(re.findall(r"\bRCDM_[A-Z_]+[A-Z]\b", _TEXT)) - _SETTINGS == set()


def test_every_make_target_in_the_docs_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (_ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", _TEXT)) - targets == set()


def test_every_topic_is_documented() -> None:
    assert [topic.name for topic in topics.ALL if topic.name not in _TEXT] == []


def test_every_command_is_in_the_readme() -> None:
    readme = (_ROOT / "README.md").read_text()
    names = [command.name or "" for command in app.registered_commands]
    assert [name for name in names if f"rcdm {name}" not in readme] == []


@pytest.mark.parametrize("path", _DOCS, ids=lambda path: str(path.relative_to(_ROOT)))
def test_every_link_between_documents_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_map_in_the_readme_is_the_folders() -> None:
    assert folder_map() in (_ROOT / "README.md").read_text(), "run `make map`"

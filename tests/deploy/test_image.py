"""What the image is made of and how it runs, as far as it can be read without building it."""

import json
import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

from deploy.image.bill import bill, licence
from tests.deploy.manifests import golden, one

_ROOT = Path(__file__).parents[2]
_DOCKERFILE = (_ROOT / "Dockerfile").read_text()
_PYPROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text())
# numpy's wheel carries libgfortran and libquadmath under GCC's runtime library exception, which lets them go along.
_WITH_AN_EXCEPTION = {"numpy"}


def _shipped() -> list[Distribution]:
    """What requirements.lock installs on this machine."""
    found: dict[str, Distribution] = {}
    for name in re.findall(r"^([a-z0-9-]+)==", (_ROOT / "requirements.lock").read_text(), re.MULTILINE):
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            assert name in ("colorama", "tzdata"), f"{name} is pinned but not installed"  # of another system
    return list(found.values())


@pytest.mark.parametrize("package", _shipped(), ids=lambda package: package.name)
def test_a_package_in_the_image_says_its_licence_and_it_is_no_gpl(package: Distribution) -> None:
    """F18."""
    said = licence(package)
    assert said
    assert not re.search(r"GPL|GNU", said)


def test_no_package_in_the_image_carries_gpl_texts() -> None:
    """F18: wheels bring libraries of others along, and their licences."""
    carriers = set()
    for package in _shipped():
        for path in package.files or []:
            if re.search(r"\.dist-info/.*(LICEN|COPYING|NOTICE)", str(path), re.IGNORECASE):
                text = Path(str(package.locate_file(path))).read_text(errors="replace")
                carriers |= {package.name} if re.search(r"GENERAL PUBLIC LICENSE\s+Version \d", text) else set()
    assert carriers <= _WITH_AN_EXCEPTION


def test_the_bill_lists_every_package_with_its_licence() -> None:
    """F18."""
    listed = bill(_shipped())
    assert listed["bomFormat"] == "CycloneDX"
    assert {one["name"] for one in listed["components"]} == {package.name for package in _shipped()}
    assert json.dumps(listed)


def test_the_image_is_built_from_hashes_alone() -> None:
    """F18."""
    steps = re.findall(r"\bpip (?:--python \S+ )?(?:install|download|wheel)\b.*", _DOCKERFILE)
    fetching, *installing = steps
    assert "--require-hashes" in fetching
    assert len(installing) == 2
    assert all("--no-index --find-links wheels" in step for step in installing)
    (backend,) = _PYPROJECT["build-system"]["requires"]
    assert backend in (_ROOT / "deploy/image/build.lock").read_text()


def test_the_image_holds_every_package_of_ours_and_nothing_else() -> None:
    """F14: no data, no key, no checkout slips into it."""
    packages = {name.rstrip("*") for name in _PYPROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    copied = set(re.findall(r"^COPY (\w+) \1$", _DOCKERFILE, re.MULTILINE))
    assert copied == packages | {"web"}
    ignored = (_ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    kept = {line[1:] for line in ignored if line.startswith("!")}
    locks = {"requirements.lock", "requirements-node.lock"}
    files = {"pyproject.toml", "README.md", "LICENSE", "deploy/image", "deploy/web.py"}
    assert kept == packages | {"web"} | locks | files


def test_a_client_made_on_the_host_does_not_slip_into_the_image() -> None:
    made = {name.strip("/") for name in (_ROOT / ".gitignore").read_text().splitlines() if "client" in name}
    made |= {f"web/{name}" for name in (_ROOT / "web/.gitignore").read_text().splitlines() if name.startswith("src/")}
    assert len(made) == 3
    assert made | {"**/node_modules"} <= set((_ROOT / ".dockerignore").read_text().splitlines())


def test_the_image_runs_as_the_user_of_the_chart() -> None:
    """F17."""
    pod = one(golden("cluster"), "Deployment", "rcdm-ingest")["spec"]["template"]["spec"]
    user = pod["securityContext"]["runAsUser"]
    assert f"USER {user}:{user}\n" in _DOCKERFILE
    assert f"useradd --uid {user} " in _DOCKERFILE


def test_an_image_may_be_built_with_the_extras_of_any_service() -> None:
    text = _DOCKERFILE.partition("ARG PYTHON")[0]
    extras = _PYPROJECT["project"]["optional-dependencies"].keys() - {"dev", "ml"}
    assert {name for name in extras if not re.search(rf"\b{name}\b", text)} == set()


def test_the_base_is_named_by_its_version() -> None:
    bases = re.findall(r"^FROM (\S+)", _DOCKERFILE, re.MULTILINE)
    assert set(bases) == {"python:${PYTHON}"}
    assert re.search(r"^ARG PYTHON=3\.\d+-slim-\w+$", _DOCKERFILE, re.MULTILINE)

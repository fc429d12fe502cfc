"""deploy/compose: every part is there, confined, healthy by its own word, and told only what it needs."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from chassis.settings import PREFIX, Settings
from deploy.helm.kinds import go_module
from services import SERVICES

_ROOT = Path(__file__).parents[2]
_TEXT = (_ROOT / "deploy/compose/compose.yaml").read_text()
_COMPOSE: dict[str, Any] = yaml.safe_load(_TEXT)
_PARTS: dict[str, dict[str, Any]] = _COMPOSE["services"]
_OURS = {name: part for name, part in _PARTS.items() if part["image"].startswith("rcdm:")}
_SCHEMA = "github.com/compose-spec/compose-go/v2@v2.16.2"

for_each_part = pytest.mark.parametrize("name", _PARTS)


def test_every_service_runs_in_a_container_of_its_own() -> None:
    run = [name for part in _OURS.values() if part["command"][0] == "serve" for name in part["command"][1:]]
    assert sorted(run) == sorted(SERVICES)
    assert _PARTS.keys() - _OURS.keys() == {"gateway", "kafka", "s3", "postgres"}


@for_each_part
def test_a_container_is_confined(name: str) -> None:
    """F17; Kafka's image writes its configuration into itself when it starts, so its root cannot be read-only."""
    part = _PARTS[name]
    assert part["cap_drop"] == ["ALL"]
    assert part["security_opt"] == ["no-new-privileges:true"]
    assert part.get("read_only", False) is (name != "kafka")
    assert {"mem_limit", "cpus", "pids_limit", "stop_grace_period"} <= part.keys()
    assert "privileged" not in part


@for_each_part
def test_an_image_is_named_by_its_version(name: str) -> None:
    _, _, version = _PARTS[name]["image"].rpartition(":")
    assert re.search(r"\d", version)


@for_each_part
def test_a_container_says_how_it_is(name: str) -> None:
    health = _PARTS[name]["healthcheck"]
    assert health == {"disable": True} if name == "migrate" else health["test"][0] == "CMD"


@for_each_part
def test_only_the_gateway_is_reached_from_outside_and_reaches_out(name: str) -> None:
    """F17: the others have no way to carry anything away."""
    networks = ["inside", "outside"] if name == "gateway" else ["inside"]
    assert _PARTS[name]["networks"] == networks
    assert ("ports" in _PARTS[name]) is (name == "gateway")
    assert _COMPOSE["networks"]["inside"]["internal"] is True


@pytest.mark.parametrize("name", _OURS)
def test_every_variable_is_a_setting(name: str) -> None:
    """G4."""
    assert set(_OURS[name]["environment"]) <= {PREFIX + setting.upper() for setting in Settings.model_fields}


def test_services_start_after_the_migrations() -> None:
    for name, part in _OURS.items():
        if name != "migrate":
            assert part["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_a_container_holds_only_the_secrets_it_needs() -> None:
    """F14."""
    assert {"RCDM_ADMIN_KEY"} & _OURS["extract"]["environment"].keys() == set()
    assert _OURS["migrate"]["environment"].keys() == {"RCDM_DATABASE", "RCDM_LOG"}


def test_no_secret_has_a_default() -> None:
    """F14: each is asked for in .env, which git does not see."""
    asked = set(re.findall(r"\$\{([A-Z0-9_]+):\?", _TEXT))
    example = (_ROOT / "deploy/compose/env.example").read_text()
    assert asked == set(re.findall(r"^([A-Z0-9_]+)=$", example, re.MULTILINE))
    assert not re.search(r"(PASSWORD|SECRET|KEY): [^$\s\"]", _TEXT)
    assert ".env" in (_ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.chart
def test_the_file_is_what_the_compose_specification_allows() -> None:
    schema = json.loads((go_module(_SCHEMA) / "schema" / "compose-spec.json").read_text())
    jsonschema.validate(_COMPOSE, schema)

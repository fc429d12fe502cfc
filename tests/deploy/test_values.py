"""The values the chart takes: the schema says what the code says, explains each, and takes nothing else."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml

from chassis.settings import PREFIX, Settings
from deploy.helm import schema
from deploy.helm.rendering import CHART, EXAMPLES, values_of
from services import SERVICES

_SCHEMA: dict[str, Any] = json.loads(schema.PATH.read_text())
_DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text())


def test_the_schema_is_as_fresh_as_the_code() -> None:
    assert schema.PATH.read_text() == schema.written(), "run `make chart GOLDEN=1`"


def test_every_setting_has_one_place_in_the_values_and_nothing_else_has() -> None:
    """G4."""
    settings = _SCHEMA["properties"]["settings"]
    secrets = _SCHEMA["properties"]["secrets"]
    decided = {PREFIX + name.upper() for name in schema.DECIDED}
    assert settings["properties"].keys() | secrets["properties"].keys() | decided == {
        PREFIX + name.upper() for name in Settings.model_fields
    }
    assert not settings["additionalProperties"]
    assert not secrets["additionalProperties"]


def test_what_is_secret_is_never_a_plain_setting() -> None:
    """F14."""
    secret = {PREFIX + name.upper() for name in schema.secret_names()}
    assert secret == {"RCDM_SITE_KEY", "RCDM_ADMIN_KEY"}
    assert not secret & _SCHEMA["properties"]["settings"]["properties"].keys()


def test_the_services_of_a_pod_are_those_there_are() -> None:
    run = _SCHEMA["$defs"]["service"]["properties"]["run"]
    assert run["items"]["enum"] == [*SERVICES, "up"]


def test_every_object_of_the_schema_is_closed() -> None:
    """A map with free names says of what its values are."""
    for place, part in _parts(_SCHEMA, "values"):
        if part.get("type") == "object" and place not in ("values.global", "selector.matchExpressions[]"):
            assert part.get("additionalProperties") is not None, place
            assert part["additionalProperties"] is not True, place


def test_every_value_is_described() -> None:
    for place, part in _parts(_SCHEMA, "values"):
        for name, value in part.get("properties", {}).items():
            assert _described(value), f"{place}.{name}"


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_values_of_an_example_fit(example: str) -> None:
    jsonschema.validate(_merged(_DEFAULTS, yaml.safe_load(values_of(example).read_text())), _SCHEMA)


def test_what_must_be_decided_has_no_default() -> None:
    """F14: a chart that installs without a decision decides for the hospital."""
    assert "auth" not in _DEFAULTS
    assert _DEFAULTS["secrets"] == {}


def _described(value: dict[str, Any]) -> bool:
    shared = _SCHEMA["$defs"].get(value.get("$ref", "").rpartition("/")[2], {})
    return bool(value.get("description") or shared.get("description"))


def _parts(part: dict[str, Any], place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield place, part
    for name, value in part.get("properties", {}).items():
        yield from _parts(value, f"{place}.{name}")
    for name, value in part.get("$defs", {}).items():
        yield from _parts(value, name)
    if isinstance(part.get("items"), dict):
        yield from _parts(part["items"], f"{place}[]")


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """As helm does it: maps are merged, null takes away."""
    both = {**under, **over}
    for name in under.keys() & over.keys():
        if isinstance(under[name], dict) and isinstance(over[name], dict):
            both[name] = _merged(under[name], over[name])
    return {name: value for name, value in both.items() if value is not None}

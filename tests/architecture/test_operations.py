"""What operators read is what runs: numbers, alerts, their runbook, reasons of burial and the dashboard agree."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from chassis import errors
from deploy.observability import dashboard

_ROOT = Path(__file__).parents[2]
_TEXT = (_ROOT / "docs/operations.md").read_text()
_RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((_ROOT / "deploy/observability/rules.yaml").read_text())["groups"]
    for rule in group["rules"]
]
_KINDS = re.compile(r"^\w+ = (?:Counter|Gauge|Histogram)\(", re.MULTILINE)
# Each has few values, known beforehand: another label wants a reason why it cannot grow with the patients.
_LABELS = {"cause", "dependency", "direction", "group", "method", "operation", "outcome", "place", "reason", "route",
           "service", "stage", "status", "topic", "version"}  # fmt: skip
# Nothing is buried for these: what is away is waited for, a wrong setting stops the start.
_NEVER_BURIES = {"Unavailable", "SettingsError", "Gone"}


def _section(title: str) -> str:
    return _TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def _metrics() -> dict[str, set[str]]:
    """Labels of every number of ours, by the name a scraper sees."""
    for path in sorted([*(_ROOT / "chassis").rglob("*.py"), *(_ROOT / "services").rglob("*.py")]):
        if _KINDS.search(path.read_text()):
            import_module(".".join(path.relative_to(_ROOT).with_suffix("").parts))
    found = {}
    for collector in list(REGISTRY._collector_to_names):
        for family in collector.describe() if hasattr(collector, "describe") else ():
            if family.name.startswith("rcdm_"):
                name = family.name + ("_total" if family.type == "counter" else "")
                found[name] = set(getattr(collector, "_labelnames", ()))
    return found


def _used(expressions: Iterator[str]) -> set[str]:
    names = {name for expression in expressions for name in re.findall(r"\brcdm_\w+", expression)}
    known = _metrics()
    return {name if name in known else re.sub(r"_(bucket|count|sum)$", "", name) for name in names}


def _dashboard_expressions() -> Iterator[str]:
    for panel in dashboard.PANELS:
        yield from panel.lines.values()


def test_every_number_is_documented_and_every_documented_number_is_told() -> None:
    documented = re.findall(r"^\| `(rcdm_\w+)", _section("Numbers"), re.MULTILINE)
    assert sorted(documented) == sorted(_metrics())


def test_a_label_never_grows_with_the_patients() -> None:
    """F13: no UID, no path, no name, no hospital."""
    assert {label for labels in _metrics().values() for label in labels} <= _LABELS


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_is_and_leads_to_its_line_of_the_runbook(rule: dict[str, Any]) -> None:
    """G5"""
    assert rule["annotations"]["summary"]
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"


def test_the_runbook_is_of_the_alerts_there_are() -> None:
    """G5"""
    assert re.findall(r"^### (\w+)$", _section("Alerts"), re.MULTILINE) == [rule["alert"] for rule in _RULES]


def test_every_error_that_can_bury_a_record_has_a_line_of_the_runbook() -> None:
    """G5"""
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
    rows = re.findall(r"^\| (`[^|]+) \|", _section("Dead letters"), re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row.partition(" words")[0])}
    assert told == kinds - _NEVER_BURIES - {"RcdmError"} | {"other"}


def test_alerts_and_dashboard_ask_only_for_numbers_that_are_told() -> None:
    """G5"""
    assert _used(rule["expr"] for rule in _RULES) - _metrics().keys() == set()
    assert _used(_dashboard_expressions()) - _metrics().keys() == set()


def test_every_number_is_on_the_dashboard() -> None:
    assert _metrics().keys() - _used(_dashboard_expressions()) == set()


def test_the_dashboard_is_fresh() -> None:
    text = "run `python -m deploy.observability.dashboard`"
    assert json.loads(dashboard.FILE.read_text()) == dashboard.dashboard(), text

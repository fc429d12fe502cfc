"""The dashboard as a list of what is on it; `python -m deploy.observability.dashboard` writes what Grafana reads.

One screen: what comes in, how long each stage takes, what waits, what goes wrong, what is stored.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("dashboard.json")
_COLUMNS, _WIDTH, _HEIGHT = 4, 6, 6
_SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True)
class Panel:
    """A graph; `lines` are PromQL by legend."""

    title: str
    unit: str
    lines: dict[str, str]


def _rate(metric: str, by: str = "") -> str:
    return f"sum{f' by ({by})' if by else ''} (rate({metric}[5m]))"


def _percentile(metric: str, by: str, part: float = 0.95) -> str:
    return f"histogram_quantile({part}, sum by (le, {by}) (rate({metric}_bucket[5m])))"


PANELS = (
    Panel("Files received", "ops", {"{{outcome}}": _rate("rcdm_files_total", "outcome")}),
    Panel("Bytes received", "Bps", {"received": _rate("rcdm_received_bytes_total")}),
    Panel(
        "Records handled",
        "ops",
        {"{{service}} {{topic}}": _rate('rcdm_records_total{outcome="handled"}', "service, topic")},
    ),
    Panel(
        "Pictures drawn",
        "ops",
        {"drawn": _rate("rcdm_pictures_total"), "none: {{reason}}": _rate("rcdm_no_pictures_total", "reason")},
    ),
    Panel(
        "Seconds per stage, 95 %", "s", {"{{service}} {{stage}}": _percentile("rcdm_stage_seconds", "service, stage")}
    ),
    Panel(
        "Seconds per batch, 95 %",
        "s",
        {"{{service}} {{topic}}": _percentile("rcdm_handling_seconds", "service, topic")},
    ),
    Panel(
        "Seconds to answer, 95 %", "s", {"{{method}} {{route}}": _percentile("rcdm_request_seconds", "method, route")}
    ),
    Panel(
        "Requests",
        "reqps",
        {"{{status}}": _rate('rcdm_request_seconds_count{route!~"/readyz|/livez|/metrics"}', "status")},
    ),
    Panel("Records waiting", "short", {"{{group}} {{topic}}": "max by (group, topic) (rcdm_consumer_lag)"}),
    Panel("Outbox", "short", {"{{service}}": "max by (service) (rcdm_outbox_events)"}),
    Panel("Age of the outbox", "s", {"{{service}}": "max by (service) (rcdm_outbox_age_seconds)"}),
    Panel("Members of groups", "short", {"{{group}} {{topic}}": "sum by (group, topic) (rcdm_consumer_joined)"}),
    Panel(
        "Failed attempts and burials",
        "ops",
        {"{{service}} {{outcome}}": _rate('rcdm_records_total{outcome!="handled"}', "service, outcome")},
    ),
    Panel("Dead letters", "short", {"{{group}} {{reason}}": "max by (group, reason) (rcdm_dead_letters)"}),
    Panel(
        "Files and callers refused",
        "ops",
        {
            "file: {{reason}}": _rate('rcdm_files_total{outcome="refused"}', "reason"),
            "caller: {{outcome}}": _rate("rcdm_refused_callers_total", "outcome"),
        },
    ),
    Panel("Image workers that died", "ops", {"{{cause}}": _rate("rcdm_image_worker_deaths_total", "cause")}),
    Panel("Bytes of blobs", "Bps", {"{{direction}}": _rate("rcdm_blob_bytes_total", "direction")}),
    Panel(
        "Seconds of a blob call, 95 %",
        "s",
        {
            "{{operation}}": _percentile("rcdm_blob_seconds", "operation"),
            "failed {{operation}}": _rate("rcdm_blob_failures_total", "operation"),
        },
    ),
    Panel(
        "Disk",
        "bytes",
        {
            "free {{instance}}": "rcdm_disk_free_bytes",
            "of {{instance}}": "rcdm_disk_size_bytes",
            "spool {{instance}} {{place}}": "rcdm_spool_bytes",
        },
    ),
    Panel(
        "What we stand on",
        "short",
        {
            "{{dependency}}": "min by (dependency) (rcdm_dependency_up)",
            "faults of the last audit": "max(rcdm_audit_faults)",
            "data sets {{outcome}}": "sum by (outcome) (increase(rcdm_dataset_versions_total[1h]))",
            "processes of {{version}}": "sum by (version) (rcdm_info)",
        },
    ),
)


def dashboard() -> dict[str, Any]:
    """What Grafana 10 or newer imports; it asks which Prometheus to read."""
    return {
        "uid": "rcdm",
        "title": "rcdm",
        "tags": ["rcdm"],
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {
            "list": [{"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}]
        },
        "panels": [_drawn(place, panel) for place, panel in enumerate(PANELS)],
    }


def _drawn(place: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(place, _COLUMNS)
    return {
        "id": place + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": _SOURCE,
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": _SOURCE, "expr": expression, "legendFormat": legend}
            for number, (legend, expression) in enumerate(panel.lines.items())
        ],
    }


def as_text() -> str:
    return json.dumps(dashboard(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(as_text())

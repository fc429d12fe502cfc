"""Groups of one study for the rules of order, made on the spot."""

from datetime import datetime, timedelta
from typing import Any

from imaging.phase.rules import Phase, PhaseDecision, PhaseGroup, PhaseKey, PhaseSource, study_phases

NOON = datetime(2026, 3, 1, 12)
SILENT = PhaseDecision(Phase.UNKNOWN, PhaseSource.NONE, 0.0, "")
PLAIN_CT = PhaseDecision(Phase.NON_CONTRAST, PhaseSource.AGENT, 0.3, "")
WITH_AGENT = PhaseDecision(Phase.POST_CONTRAST, PhaseSource.AGENT, 0.3, "")


def group(series: int, minute: float | None = None, **changes: Any) -> PhaseGroup:
    """An axial liver series of one examination, 200 mm high; `minute` is when it was acquired after noon."""
    key: dict[str, Any] = {"frame": "1.1", "acquisition": None, "temporal": None}
    key |= {name: changes.pop(name) for name in list(changes) if name in key}
    agent = changes.pop("agent", False)
    values: dict[str, Any] = {
        "modality": "CT",
        "plane": "AXIAL",
        "image_type_class": "PRIMARY",
        "low_mm": 0.0,
        "high_mm": 200.0,
        "series_description": "Liver",
        "own": {True: WITH_AGENT, False: PLAIN_CT, None: SILENT}[agent],
        "settings": frozenset({"KVP=120"}),
    }
    return PhaseGroup(
        key=PhaseKey(key["frame"], f"2.{series}", key["acquisition"], key["temporal"]),
        series_number=series,
        acquired_at=None if minute is None else NOON + timedelta(minutes=minute),
        has_agent=agent,
        **(values | changes),
    )


def phases(*groups: PhaseGroup) -> list[str]:
    decided = study_phases(groups)
    return [decided[one.key].phase for one in groups]

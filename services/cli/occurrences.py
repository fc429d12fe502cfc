"""`rcdm occurrences`: search studies by the filters of the REST surface."""

from typing import Annotated, Any

import typer

from services.cli.client.http import Failed, checked, client, exit_one_on_failure
from services.cli.client.output import AsJson, print_json, print_table, say

Filters = Annotated[
    list[str] | None,
    typer.Argument(help="Filters as NAME=VALUE, such as modality=CT plane=AXIAL q=liver age_min=50 kvp_max=100."),
]


def add_to(app: typer.Typer) -> None:
    app.command("occurrences")(occurrences)
    app.command("geometry")(geometry)


def occurrences(
    filters: Filters = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List radiology occurrences (studies); a filter given twice means any of its values."""
    with exit_one_on_failure(), client() as http:
        page = checked(http.get("/api/v1/occurrences", params=[*pairs(filters), ("limit", str(limit))]))
    print_json(page) if as_json else _show(page)


def geometry(
    occurrence_id: Annotated[int, typer.Argument(metavar="ID", help="As `rcdm occurrences` shows it.", min=1)],
    as_json: AsJson = False,
) -> None:
    """Say of each stack of a study whether it is a regular volume, and what is odd about it."""
    with exit_one_on_failure(), client() as http:
        page = checked(http.get(f"/api/v1/occurrences/{occurrence_id}/geometry"))
    if as_json:
        return print_json(page)
    print_table(("series", "description", "plane", "phase", "slices", "volumes", "spacing mm", "what is odd"), (
        (
            str(one["series_number"] or ""), one["series_description"] or "", one["image_plane"], one["image_phase"],
            str(one["slices"]), f"{one['volumes']} {one['axis'] or ''}".strip(), str(one["spacing_mm"] or ""),
            "; ".join(one["findings"].values()) or "nothing",
        )
        for one in page["items"]
    ))  # fmt: skip
    return None


def pairs(filters: list[str] | None) -> list[tuple[str, str]]:
    """Raises Failed for what is not NAME=VALUE."""
    found = []
    for one in filters or []:
        name, separator, value = one.partition("=")
        if not separator or not name:
            raise Failed(f"{one!r} is no filter; write NAME=VALUE, such as modality=CT.")
        found.append((name, value))
    return found


def grouped(filters: list[str] | None) -> dict[str, list[str] | str]:
    """As the body of a request says them. Raises Failed for what is not NAME=VALUE."""
    found: dict[str, list[str] | str] = {}
    for name, value in pairs(filters):
        before = found.get(name)
        found[name] = value if before is None else [*([before] if isinstance(before, str) else before), value]
    return found


def _show(page: dict[str, Any]) -> None:
    print_table(
        ("id", "date", "modality", "hospital", "images", "planes", "phases", "description"),
        (
            (
                str(item["radiology_occurrence_id"]),
                str(item["radiology_occurrence_date"] or "")[:10],
                item["modality"] or "",
                item["hospital"] or "",
                str(item["image_total_count"]),
                _counts(item["planes"]),
                _counts(item["phases"]),
                item["study_description"] or "",
            )
            for item in page["items"]
        ),
    )
    say(f"{len(page['items'])} of {'about ' if page['total_is_estimate'] else ''}{page['total']}")


def _counts(counts: dict[str, int] | list[dict[str, Any]]) -> str:
    entries = counts.items() if isinstance(counts, dict) else [(entry["value"], entry["count"]) for entry in counts]
    return " ".join(f"{name}:{count}" for name, count in entries)
